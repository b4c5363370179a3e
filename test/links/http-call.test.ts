// Our requests to a device: the password in its place, one answer or a reason, and never a second opening.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { type CallSettings, openCaller } from "../../src/adapters/http-call.ts";
import { openHttpDevices } from "../../src/adapters/http-devices.ts";
import type { Asking } from "../../src/decode/terms.ts";
import type { Called } from "../../src/shell/ports.ts";
import { type Fault, openUface, type UfaceSettings } from "../../src/simulator/uface.ts";
import { certificates } from "./certificates.ts";

const PASSWORD = "s3cret&?=密";
const FORM = "application/x-www-form-urlencoded";
const OPEN: Asking = { method: "POST", target: "/device/openDoorControl", type: FORM };
const BODY = new TextEncoder().encode("type=1");
const NOTHING = new Uint8Array(0);
const ALONE = { freshMs: 5_000, timeoutMs: 5_000, alone: true };
const KEPT = { ...ALONE, alone: false };

async function terminal(more: Partial<UfaceSettings> = {}) {
  const one = await openUface({ deviceKey: "84E0", password: PASSWORD, ...more });
  onTestFinished(one.close);
  return one;
}

function calling(url: string, more: Partial<CallSettings> = {}) {
  const caller = openCaller({
    url,
    auth: { parameter: "pass" },
    username: "admin",
    password: PASSWORD,
    maxBytes: 2_000_000,
    ...more,
  });
  onTestFinished(caller.close);
  return caller;
}

async function serving(hear: RequestListener): Promise<string> {
  const server = createServer(hear);
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  onTestFinished(
    () =>
      new Promise<void>((down) => {
        server.close(() => down());
        server.closeAllConnections();
      }),
  );
  const bound = server.address();
  return `http://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
}

const told = (called: Called) =>
  called.is === "answered" ? `${called.status} ${new TextDecoder().decode(called.payload)}` : called.is;

describe("a terminal that wants its password as a parameter", () => {
  it("is opened by one request, and answers", async () => {
    const one = await terminal();
    const called = await calling(one.url).call(OPEN, BODY, ALONE);
    expect(told(called)).toBe('200 {"result":1,"success":true,"msg":""}');
    expect([one.opened(), one.asked()]).toEqual([1, ["POST /device/openDoorControl"]]);
  });

  it("has it in the query where there is no form, and in a form without anything else", async () => {
    const one = await terminal();
    const caller = calling(one.url);
    const found = await caller.call({ method: "GET", target: "/person/find?id=-1", type: "" }, NOTHING, KEPT);
    expect(told(found)).toBe('200 {"result":1,"success":true,"msg":"","data":[]}');
    expect(
      told(await caller.call({ ...OPEN, method: "GET", target: "/getDeviceKey", type: "" }, NOTHING, KEPT)),
    ).toContain("84E0");
    expect(told(await caller.call(OPEN, NOTHING, KEPT))).toContain('"success":true');
  });

  it("a wrong password opens nothing", async () => {
    const one = await terminal();
    const called = await calling(one.url, { password: "12345678" }).call(OPEN, BODY, ALONE);
    expect(told(called)).toContain('"success":false');
    expect(one.opened()).toBe(0);
  });

  it.each<[Fault, string]>([
    ["slow", "unanswered"],
    ["half", "unanswered"],
    ["hang-up", "unanswered"],
    ["garbage", "unanswered"],
    ["500", '500 {"result":1,"success":true,"msg":""}'],
    ["redirect", "302 "],
  ])("%s: %s, and it was asked once", async (fault, outcome) => {
    const one = await terminal();
    one.behave(fault);
    const called = await calling(one.url).call(OPEN, BODY, { ...ALONE, timeoutMs: fault === "slow" ? 200 : 20_000 });
    expect(told(called)).toBe(outcome);
    expect(one.asked()).toEqual(["POST /device/openDoorControl"]);
  });

  it("what can't be sent while it is fresh is not sent at all", async () => {
    const one = await terminal();
    const called = await calling(one.url).call(OPEN, BODY, { ...ALONE, freshMs: 0 });
    expect(called.is).toBe("unsent");
    // A whole exchange behind it: what had been sent would have come by now.
    await calling(one.url).call({ method: "GET", target: "/getDeviceKey", type: "" }, NOTHING, ALONE);
    expect(one.asked()).toEqual(["GET /getDeviceKey"]);
  });

  it("nobody there: nothing was sent, and it says why", async () => {
    const one = await terminal();
    await one.close();
    expect(await calling(one.url).call(OPEN, BODY, ALONE)).toEqual({ is: "unsent", why: "ECONNREFUSED" });
  });

  it("one connection serves all that moves nothing; what opens has one of its own", async () => {
    const one = await terminal();
    const caller = calling(one.url);
    const key: Asking = { method: "GET", target: "/getDeviceKey", type: "" };
    for (let i = 0; i < 5; i++) await caller.call(key, NOTHING, KEPT);
    expect(one.connections()).toBe(1);
    await caller.call(OPEN, BODY, ALONE);
    await caller.call(OPEN, BODY, ALONE);
    expect([one.connections(), one.opened()]).toEqual([3, 2]);
  });

  it("closing ends what is under way", async () => {
    const one = await terminal();
    one.behave("slow");
    const caller = calling(one.url);
    const under = caller.call(OPEN, BODY, ALONE);
    await expect.poll(() => one.asked().length).toBe(1);
    caller.close();
    expect(await under).toEqual({ is: "unanswered", why: "closing" });
  });
});

describe("who we are, in the header", () => {
  async function device(by: "basic" | "digest", username = "admin") {
    const heard: string[] = [];
    const link = await openHttpDevices({
      host: "127.0.0.1",
      port: 0,
      devices: [{ owner: "hik", by, username, secret: PASSWORD, maxBytes: 1_000 }],
      now: () => performance.now(),
      onStranger: () => void heard.push("stranger"),
    });
    onTestFinished(() => link.close());
    link.onRequest((one) => {
      heard.push(`${one.method} ${one.path}?${one.query} ${new TextDecoder().decode(one.payload)}`);
      void one.answer({ status: 200, type: "text/plain", headers: {}, body: new TextEncoder().encode("OK") });
    });
    return { url: `http://127.0.0.1:${link.port}`, heard };
  }
  const PUT: Asking = { method: "PUT", target: "/ISAPI/door/1?a=b%20c", type: "application/xml" };
  const XML = new TextEncoder().encode("<a/>");

  it("basic", async () => {
    const { url, heard } = await device("basic");
    expect(told(await calling(url, { auth: "basic" }).call(PUT, XML, ALONE))).toBe("200 OK");
    expect(told(await calling(url, { auth: "basic", password: "no" }).call(PUT, XML, ALONE))).toBe("401 ");
    expect(heard).toEqual(["PUT ISAPI/door/1?a=b%20c <a/>", "stranger"]);
  });

  it.each([true, false])("digest: challenged once, and then known; alone: %s", async (alone) => {
    const { url, heard } = await device("digest");
    const caller = calling(url, { auth: "digest" });
    for (let i = 0; i < 3; i++) expect(told(await caller.call(PUT, XML, { ...ALONE, alone }))).toBe("200 OK");
    expect(heard).toEqual(["stranger", ...Array(3).fill("PUT ISAPI/door/1?a=b%20c <a/>")]);
  });

  it("digest with a wrong password, or none: refused, not tried for ever", async () => {
    const { url, heard } = await device("digest");
    expect(told(await calling(url, { auth: "digest", password: "no" }).call(PUT, XML, ALONE))).toBe("401 ");
    expect(told(await calling(url, { auth: "none" }).call(PUT, XML, ALONE))).toBe("401 ");
    expect(heard).toEqual(["stranger", "stranger", "stranger"]);
  });

  it("basic is never said where digest is meant", async () => {
    const said: (string | undefined)[] = [];
    const url = await serving((request: IncomingMessage, response) => {
      said.push(request.headers.authorization);
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
    });
    expect(told(await calling(url, { auth: "digest" }).call(PUT, XML, ALONE))).toBe("401 ");
    expect(said).toEqual([undefined]);
  });

  it.each(["basic", "digest"] as const)(
    "promise 3: %s under a name in Chinese is an answer like any other, never an exception that ends the gate",
    async (auth) => {
      const { url, heard } = await device(auth, "管理员");
      const caller = calling(url, { auth, username: "管理员" });
      expect(told(await caller.call(PUT, XML, ALONE))).toBe("200 OK");
      expect(heard.at(-1)).toBe("PUT ISAPI/door/1?a=b%20c <a/>");
    },
  );

  it("promise 3: what no request can be made of is not sent, and says so", async () => {
    const { url, heard } = await device("basic");
    const called = calling(url).call({ ...PUT, target: "/门" }, XML, ALONE);
    expect(await called).toEqual({ is: "unsent", why: "ERR_UNESCAPED_CHARACTERS" });
    expect(heard).toEqual([]);
  });

  it("an old device's challenge without qop (RFC 2069), and the RFC's own opaque", async () => {
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    const url = await serving((request, response) => {
      const header = request.headers.authorization ?? "";
      const wanted = md5([md5(`admin:dev:${PASSWORD}`), "n1", md5("PUT:/ISAPI/door/1?a=b%20c")].join(":"));
      const right =
        header.includes(`response="${wanted}"`) && header.includes('opaque="o1"') && !header.includes("qop");
      if (right) return void response.end("OK");
      const challenges = 'Digest realm="dev", nonce="n1", opaque="o1", Digest realm="dev", nonce="n2", qop="auth-int"';
      response.writeHead(401, { "www-authenticate": challenges }).end();
    });
    expect(told(await calling(url, { auth: "digest" }).call(PUT, XML, ALONE))).toBe("200 OK");
  });
});

describe("encrypted", () => {
  it("only the certificate that was given is believed", async () => {
    const { ca, otherCa, byAddress, byName } = certificates();
    const one = await terminal({ tls: byAddress });
    const named = await terminal({ tls: byName });
    for (const alone of [true, false]) {
      const times = { ...ALONE, alone };
      expect(told(await calling(one.url, { ca }).call(OPEN, BODY, times))).toContain('"success":true');
      expect(told(await calling(one.url, { ca: byAddress.cert }).call(OPEN, BODY, times))).toBe("unsent");
      expect(told(await calling(one.url, { ca: otherCa }).call(OPEN, BODY, times))).toBe("unsent");
      expect(told(await calling(one.url).call(OPEN, BODY, times))).toBe("unsent");
      expect(told(await calling(named.url, { ca }).call(OPEN, BODY, times))).toBe("unsent");
      const known = calling(named.url, { ca, serverName: "terminal.lan" });
      expect(told(await known.call(OPEN, BODY, times))).toContain('"success":true');
    }
    expect([one.opened(), named.opened()]).toEqual([2, 2]);
    expect(await calling(one.url, { ca: otherCa }).call(OPEN, BODY, ALONE)).toMatchObject({
      why: expect.stringMatching(/CERT|SIGNED|VERIFY|ISSUER/),
    });
  });
});
