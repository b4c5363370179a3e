/** The page over TLS on its one port: a real handshake against the gate's own authority, and whoever comes in the clear. */
import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { type PeerCertificate, TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Certificate, openCertificate } from "../../src/adapters/certificate.ts";
import { openHttp } from "../../src/adapters/http.ts";
import { openFakeDesk } from "../web/fake-desk.ts";
import { guard, made, openFolder, PIN } from "./place.ts";

let place: ReturnType<typeof openFolder>;
let certificate: Certificate;
let http: Awaited<ReturnType<typeof openHttp>>;
beforeEach(async () => {
  place = openFolder();
  mkdirSync(join(place.folder, "page"));
  writeFileSync(join(place.folder, "page", "index.html"), "<!doctype html><title>门岗</title>");
  certificate = await openCertificate({
    folder: join(place.folder, "tls"),
    names: ["gate.lan"],
    title: "xinghe east",
    wallMs: () => place.clock.wall,
    onTrouble: ({ code }) => place.troubles.push(code),
  });
  const accounts = place.open();
  made(await accounts.add(guard));
  http = await openHttp(
    { host: "127.0.0.1", port: 0 },
    {
      desk: openFakeDesk(),
      now: () => performance.now(),
      assets: join(place.folder, "page"),
      hosts: ["gate.lan"],
      metricsText: async () => "gatepost_up 1\n",
      accounts,
      tls: certificate,
    },
  );
});
afterEach(async () => {
  certificate.close();
  await http.close();
  await place.leave();
});

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly peer?: PeerCertificate;
}
function ask(secure: boolean, path: string, options: RequestOptions = {}, body?: unknown): Promise<Answered> {
  const host = "gate.lan";
  const json = body === undefined ? {} : { "content-type": "application/json", origin: `https://${host}` };
  const whole = {
    host: "127.0.0.1",
    port: http.port,
    path,
    agent: false as const,
    ...options,
    headers: { host, ...json, ...options.headers },
  };
  return new Promise((done, fail) => {
    const hear = (answer: IncomingMessage) => {
      let text = "";
      const { socket } = answer;
      const peer = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined;
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
      });
      answer.on("end", () =>
        done({
          status: answer.statusCode ?? 0,
          text,
          headers: answer.headers,
          ...(peer === undefined ? {} : { peer }),
        }),
      );
    };
    const sent = secure
      ? secureRequest({ ...whole, ca: certificate.ca, servername: host }, hear)
      : plainRequest(whole, hear);
    sent.on("error", fail);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

it("a browser that trusts the authority is served without a doubt, and its cookie never goes in the clear", async () => {
  expect(http.url).toBe(`https://127.0.0.1:${http.port}/`);
  expect((await ask(true, "/")).text).toContain("门岗");
  const entered = await ask(true, "/api/v1/sessions", { method: "POST" }, { name: "wang", pin: PIN });
  expect(entered.status).toBe(200);
  for (const one of [entered.headers["set-cookie"]].flat()) expect(one).toContain("; Secure;");
});

it("whoever comes in the clear is shown the way, the authority and the probes, and nothing else", async () => {
  const moved = await ask(false, "/x?y=1");
  expect([moved.status, moved.headers.location]).toEqual([308, "https://gate.lan/x?y=1"]);
  expect((await ask(false, "/", { headers: { host: "evil.example" } })).status).toBe(421);
  expect((await ask(false, "/api/v1/state")).status).toBe(308);
  const sent = await ask(false, "/api/v1/sessions", { method: "POST" }, { name: "wang", pin: PIN });
  expect([sent.status, sent.headers["set-cookie"]]).toEqual([421, undefined]);
  expect(JSON.parse((await ask(false, "/readyz")).text)).toMatchObject({ ready: true });
  expect((await ask(false, "/ca")).text).toContain(certificate.fingerprint);
  const ca = await ask(false, "/ca.crt");
  expect(ca.headers["content-type"]).toBe("application/x-x509-ca-cert");
  expect(ca.text).toMatch(/^-----BEGIN CERTIFICATE-----/);
  expect((await ask(false, "/ca.crt", { headers: { host: "evil.example" } })).status).toBe(421);
});

it("a renewal is served from the next connection on; one that is open goes on", async () => {
  const before = (await ask(true, "/")).peer?.serialNumber;
  const open = connectRaw();
  await open.until("connected");
  writeFileSync(join(place.folder, "tls", "page.crt"), "damaged");
  await certificate.look();
  const after = (await ask(true, "/")).peer?.serialNumber;
  expect(after).not.toBe(before);
  open.write("GET /healthz HTTP/1.1\r\nhost: gate.lan\r\n\r\n");
  await open.until("alive");
  expect(place.troubles).toEqual([]);
});

it("bytes that are neither, and connections that say nothing, end alone", async () => {
  const noise = connectRaw();
  await noise.until("connected");
  noise.write("\x16\x03\x01 no handshake at all");
  const mute = connectRaw();
  await mute.until("connected");
  mute.end();
  expect((await ask(true, "/healthz")).status).toBe(200);
});

function connectRaw() {
  const socket = connect(http.port, "127.0.0.1");
  let text = "";
  socket.on("connect", () => {
    text += "connected";
  });
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => undefined);
  return {
    write: (what: string) => void socket.write(what, "latin1"),
    end: () => socket.destroy(),
    until: (what: string) => expect.poll(() => text, { timeout: 10_000 }).toContain(what),
  };
}
