// The server that devices push to: whose a request is, and what it refuses.
import { createHash } from "node:crypto";
import { request as rawRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { openHttpDevices, type PushingDevice } from "../../src/adapters/http-devices.ts";
import { openDigest } from "../../src/adapters/http-digest.ts";
import type { RequestHeard } from "../../src/shell/ports.ts";
import { certificates } from "./certificates.ts";

const SECRET = "f3a1c09e77b24d50";
const PATH: PushingDevice = { owner: "term", by: "path", username: "term", secret: SECRET, maxBytes: 1_000 };

async function server(devices: readonly PushingDevice[], hear?: (request: RequestHeard) => void) {
  const heard: RequestHeard[] = [];
  const strangers: string[] = [];
  const refused: string[] = [];
  const link = await openHttpDevices({
    host: "127.0.0.1",
    port: 0,
    devices,
    now: () => performance.now(),
    onStranger: (address) => void strangers.push(address),
    onRefused: (owner, code) => void refused.push(`${owner} ${code}`),
  });
  onTestFinished(() => link.close());
  link.onRequest((one) => {
    heard.push(one);
    if (hear !== undefined) return hear(one);
    void one.answer({ status: 200, type: "text/plain", headers: {}, body: new TextEncoder().encode("OK") });
  });
  return { url: `http://127.0.0.1:${link.port}`, port: link.port, heard, strangers, refused, link };
}

describe("known by the secret part of its path", () => {
  it("it is heard with the rest of the path, its query and its body, and answered", async () => {
    const { url, heard } = await server([PATH]);
    const answer = await fetch(`${url}/${SECRET}/iclock/cdata?SN=1&table=rtlog`, { method: "POST", body: "a=1" });
    expect([answer.status, await answer.text(), answer.headers.get("content-type")]).toEqual([200, "OK", "text/plain"]);
    expect(heard[0]).toMatchObject({ owner: "term", method: "POST", path: "iclock/cdata", query: "SN=1&table=rtlog" });
    expect(new TextDecoder().decode(heard[0]?.payload)).toBe("a=1");
  });

  it.each([
    ["/", 404],
    ["/event", 404],
    [`/${SECRET}`, 404],
    [`/${SECRET.slice(1)}/event`, 404],
    [`/x/${SECRET}/event`, 404],
  ])("%s is nobody's", async (path, status) => {
    const { url, heard, strangers } = await server([PATH]);
    expect((await fetch(url + path, { method: "POST", body: "x" })).status).toBe(status);
    expect(heard).toEqual([]);
    expect(strangers).toEqual(["127.0.0.1"]);
  });

  it("from another address than its own it is nobody's", async () => {
    const { url, heard } = await server([{ ...PATH, address: "10.0.0.9" }]);
    expect((await fetch(`${url}/${SECRET}/event`)).status).toBe(404);
    expect(heard).toEqual([]);
  });
});

it("known by its address alone", async () => {
  const { url, heard } = await server([
    { owner: "panel", by: "address", username: "panel", address: "127.0.0.1", maxBytes: 100 },
  ]);
  expect((await fetch(`${url}/iclock/getrequest?SN=1`)).status).toBe(200);
  expect(heard[0]).toMatchObject({ owner: "panel", path: "iclock/getrequest", method: "GET" });
});

describe("known by its password", () => {
  const basic: PushingDevice = { ...PATH, owner: "cam", by: "basic", username: "cam", secret: "pass:word" };
  const digest: PushingDevice = { ...PATH, owner: "hik", by: "digest", username: "hik", secret: "hunter2" };
  const auth = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString("base64")}` } });

  it.each([
    ["right", auth("cam:pass:word"), 200],
    ["wrong", auth("cam:pass"), 401],
    ["nobody", auth("who:pass:word"), 401],
    ["no colon", auth("cam"), 401],
    ["of another kind", { headers: { authorization: "Bearer x" } }, 401],
    ["none", {}, 401],
  ])("basic, %s", async (_name, init, status) => {
    const { url } = await server([basic]);
    const answer = await fetch(`${url}/event`, init);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
  });

  function answered(challenge: string, more: { password?: string; nc?: string; uri?: string } = {}): string {
    const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
    const { password = "hunter2", nc = "00000001", uri = "/event" } = more;
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    const response = md5([md5(`hik:gatepost:${password}`), nonce, nc, "c1", "auth", md5(`POST:${uri}`)].join(":"));
    return `Digest username="hik", realm="gatepost", nonce="${nonce}", uri="${uri}", qop=auth, nc=${nc}, cnonce="c1", response="${response}"`;
  }

  it("digest: challenged, right, and never twice with one count", async () => {
    const { url, heard } = await server([digest]);
    const post = (authorization?: string) =>
      fetch(`${url}/event`, {
        method: "POST",
        body: "x",
        headers: authorization === undefined ? {} : { authorization },
      });
    const challenge = (await post()).headers.get("www-authenticate") ?? "";
    expect(challenge).toMatch(/algorithm=MD5/);
    expect(challenge).toMatch(/algorithm=SHA-256/);
    expect((await post(answered(challenge))).status).toBe(200);
    const replayed = await post(answered(challenge));
    expect([replayed.status, replayed.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringMatching(/stale=true/),
    ]);
    expect((await post(answered(challenge, { nc: "00000002" }))).status).toBe(200);
    expect((await post(answered(challenge, { nc: "zz" }))).status).toBe(401);
    expect((await post(answered(challenge, { nc: "00000003", password: "hunter3" }))).status).toBe(401);
    expect((await post(answered(challenge, { nc: "00000004", uri: "/other" }))).status).toBe(401);
    expect(heard).toHaveLength(2);
  });

  it("digest: a nonce lives five minutes, and another server's never", () => {
    let at = 0;
    const [mine, other] = [openDigest(() => at), openDigest(() => at)];
    const check = (header: string) =>
      mine.check(header, "POST", "/event", (user) => (user === "hik" ? "hunter2" : undefined)).is;
    const header = answered(mine.challenge(false).at(-1) ?? "");
    expect(check(answered(other.challenge(false).at(-1) ?? ""))).toBe("stale");
    at = 299_000;
    expect(check(header)).toBe("good");
    at = 301_000;
    expect(check(answered(mine.challenge(false).at(-1) ?? "", { nc: "00000009" }))).toBe("good");
    expect(check(header.replace("nc=00000001", "nc=00000002"))).toBe("bad");
    expect(check(header.replace("qop=auth", "qop=none"))).toBe("bad");
    expect(check(header.replace('realm="gatepost"', "algorithm=MD4"))).toBe("bad");
    expect(check(`Digest ${"x=1, ".repeat(2_000)}`)).toBe("bad");
  });
});

describe("encrypted", () => {
  it("a device that believes our authority is heard; in clear text, or by another authority, nobody is", async () => {
    const { ca, otherCa, byAddress } = certificates();
    const heard: RequestHeard[] = [];
    const link = await openHttpDevices({
      host: "127.0.0.1",
      port: 0,
      tls: byAddress,
      devices: [PATH],
      now: () => performance.now(),
      onStranger: () => undefined,
    });
    onTestFinished(() => link.close());
    link.onRequest((one) => {
      heard.push(one);
      void one.answer({ status: 200, type: "", headers: {}, body: new Uint8Array(0) });
    });
    const post = (trusted: string) =>
      new Promise<number | string>((done) => {
        const target = { host: "127.0.0.1", port: link.port, path: `/${SECRET}/event`, method: "POST", ca: trusted };
        const calling = tlsRequest({ ...target, agent: false }, (answer) => {
          answer.resume();
          answer.once("end", () => done(answer.statusCode ?? 0));
        });
        calling.once("error", (cause) => done("code" in cause ? `${cause.code}` : cause.message));
        calling.end("a=1");
      });
    expect(await post(ca)).toBe(200);
    expect(await post(otherCa)).toMatch(/CERT|SIGNED|VERIFY|ISSUER/);
    const plain = await fetch(`http://127.0.0.1:${link.port}/${SECRET}/event`, { method: "POST", body: "x" }).then(
      (answer) => answer.status,
      () => "refused",
    );
    expect(plain).toBe("refused");
    expect(heard.map((one) => new TextDecoder().decode(one.payload))).toEqual(["a=1"]);
  });
});

describe("bounds", () => {
  it("a body that is too long is refused while it comes", async () => {
    const { url, heard, refused } = await server([PATH]);
    const answer = await fetch(`${url}/${SECRET}/event`, { method: "POST", body: "x".repeat(1_001) }).catch(
      () => undefined,
    );
    expect(answer?.status ?? 413).toBe(413);
    expect(heard).toEqual([]);
    expect(refused).toEqual(["term too-long"]);
  });

  it("a device that floods is told to wait; others are heard", async () => {
    const open: RequestHeard[] = [];
    const other: PushingDevice = { ...PATH, owner: "other", secret: "0123456789abcdef" };
    const { url, heard } = await server([PATH, other], (one) => void open.push(one));
    const flood = Array.from({ length: 12 }, () => fetch(`${url}/${SECRET}/event`).then((answer) => answer.status));
    const first = await Promise.race([...flood]);
    expect(first).toBe(503);
    const rest = fetch(`${url}/0123456789abcdef/event`).then((answer) => answer.status);
    await expect.poll(() => heard.some((one) => one.owner === "other")).toBe(true);
    for (const one of open) void one.answer({ status: 200, type: "", headers: {}, body: new Uint8Array(0) });
    expect(await rest).toBe(200);
    const told = await Promise.all(flood);
    expect([told.filter((status) => status === 503).length, told.filter((status) => status === 200).length]).toEqual([
      4, 8,
    ]);
  });

  it("other methods are refused", async () => {
    const { url } = await server([PATH]);
    expect((await fetch(`${url}/${SECRET}/event`, { method: "DELETE" })).status).toBe(405);
  });

  it("a device that hangs up before its answer is known to have gone", async () => {
    const other: PushingDevice = { ...PATH, owner: "other", secret: "0123456789abcdef" };
    const none = { status: 200, type: "", headers: {}, body: new Uint8Array(0) };
    const { url, port, heard } = await server([PATH, other], (one) => {
      if (one.owner === "other") void one.answer(none);
    });
    const calling = rawRequest({ port, path: `/${SECRET}/event`, method: "POST" });
    const closed = new Promise((done) => calling.once("close", done));
    calling.on("error", () => undefined);
    calling.end("x");
    await expect.poll(() => heard.length).toBe(1);
    calling.destroy();
    await closed;
    // A whole request behind it: by then the server has seen the end of the first connection.
    await fetch(`${url}/0123456789abcdef/event`);
    await expect(heard[0]?.answer(none)).resolves.toBe("gone");
  });

  it("what is no HTTP ends its connection and nothing else", async () => {
    const { port, url } = await server([PATH]);
    const socket = connect(port, "127.0.0.1");
    const closed = new Promise((done) => socket.once("close", done));
    socket.on("error", () => undefined);
    socket.write("\u0016\u0003\u0001 hello\r\n\r\n");
    socket.resume();
    await closed;
    expect((await fetch(`${url}/${SECRET}/event`)).status).toBe(200);
  });

  it("a port that is taken is named", async () => {
    const { port } = await server([PATH]);
    const again = openHttpDevices({
      host: "127.0.0.1",
      port,
      devices: [],
      now: () => 0,
      onStranger: () => undefined,
    });
    await expect(again).rejects.toThrow(/PORT_BUSY.*http\.port/);
  });
});
