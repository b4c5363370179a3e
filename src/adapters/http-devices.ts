/**
 * The server that terminals and cameras push to: an address and port of its own, never the guard page's. Whose request
 * it is, is known by a secret first part of its path, by its password, or by its address on the network; nothing that
 * it says of itself counts. It decides nothing: a request is handed on whole, and its answer is sent when it is given.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { GateError } from "../core/fault.ts";
import type { DeviceId } from "../core/terms.ts";
import type { HttpLink, LinkState, RequestAnswer, RequestHeard } from "../shell/ports.ts";
import { fromHeader } from "./digest.ts";
import { type Digest, openDigest } from "./http-digest.ts";

export interface PushingDevice {
  readonly owner: DeviceId;
  readonly by: "path" | "basic" | "digest" | "address";
  /** User name, for basic and digest. */
  readonly username: string;
  /** For all but `address`. */
  readonly secret?: string;
  /** For `address`; beside any other proof it must be right too. */
  readonly address?: string;
  readonly maxBytes: number;
}

export interface PushSettings {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly devices: readonly PushingDevice[];
  readonly now: () => number;
  /** Somebody who is none of ours called. */
  readonly onStranger: (address: string) => void;
  /** A request of a device's own that was not heard: its body is too long, or too many are open. */
  readonly onRefused?: (owner: DeviceId, code: "too-long" | "busy") => void;
}

/** A terminal that floods is told to wait: requests of one device that may be open at once. */
const OPEN_MAX = 8;
const CONNECTIONS_MAX = 256;
const METHODS = ["GET", "POST", "PUT"];

/** @throws GateError PORT_BUSY */
export async function openHttpDevices(settings: PushSettings): Promise<HttpLink & { readonly port: number }> {
  const hearers: ((request: RequestHeard) => void)[] = [];
  const busy = new Map<DeviceId, number>();
  const whose = proofs(settings);
  const since = settings.now();

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = whose(request);
    if ("status" in found) {
      settings.onStranger(addressOf(request));
      return refuse(request, response, found.status, found.challenge);
    }
    const { device, path, query } = found;
    const open = busy.get(device.owner) ?? 0;
    if (!METHODS.includes(request.method ?? "")) return refuse(request, response, 405);
    if (open >= OPEN_MAX || hearers.length === 0) {
      settings.onRefused?.(device.owner, "busy");
      return refuse(request, response, 503);
    }
    busy.set(device.owner, open + 1);
    response.once("close", () => busy.set(device.owner, (busy.get(device.owner) ?? 1) - 1));
    const payload = await bodyOf(request, device.maxBytes);
    if (payload === "too-long") {
      settings.onRefused?.(device.owner, "too-long");
      return refuse(request, response, 413);
    }
    if (payload === "gone") return;
    const heard: RequestHeard = {
      owner: device.owner,
      method: request.method ?? "",
      path,
      query,
      payload,
      answer: (answer) => send(response, answer),
    };
    for (const hear of hearers) hear(heard);
  }

  const limits = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 15_000, maxHeaderSize: 8_192 };
  const listener = (request: IncomingMessage, response: ServerResponse) => void take(request, response);
  const server: Server =
    settings.tls === undefined
      ? createServer(limits, listener)
      : createTlsServer({ ...limits, ...settings.tls }, listener);
  server.maxConnections = CONNECTIONS_MAX;
  await listening(server, settings);
  const bound = server.address();
  const state: LinkState = { is: "up", since };
  return {
    onRequest: (hear) => void hearers.push(hear),
    state: () => state,
    port: typeof bound === "object" && bound !== null ? bound.port : settings.port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, { host, port }: PushSettings): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", (cause) => {
      const taken = "code" in cause && cause.code === "EADDRINUSE";
      const message = `http ${host}:${port} is taken; set http.port 推送端口已被占用，请改 http.port`;
      fail(taken ? new GateError("PORT_BUSY", message, { cause, context: { host, port } }) : cause);
    });
    server.listen({ host, port }, done);
  });
}

// ── Whose it is ─────────────────────────────────────────────────────────────────────────────────────────────────────
type Whose =
  | { readonly device: PushingDevice; readonly path: string; readonly query: string }
  | { readonly status: 401 | 404; readonly challenge?: readonly string[] };

function proofs({ devices, now }: PushSettings): (request: IncomingMessage) => Whose {
  const paths = new Map(devices.filter(({ by }) => by === "path").map((one) => [hashed(one.secret ?? ""), one]));
  const named = devices.filter(({ by }) => by === "basic" || by === "digest");
  const placed = devices.filter(({ by }) => by === "address");
  const digest = openDigest(now);
  const offers = (stale: boolean): readonly string[] => [
    ...(named.some(({ by }) => by === "digest") ? digest.challenge(stale) : []),
    ...(named.some(({ by }) => by === "basic") ? ['Basic realm="gatepost", charset="UTF-8"'] : []),
  ];
  return (request) => {
    const target = request.url ?? "";
    const address = addressOf(request);
    const [whole = "", ...rest] = target.replace(/^\/+/, "").split("?");
    const query = rest.join("?");
    const slash = whole.indexOf("/");
    // Found by the hash of what was said: how long it takes says nothing of the secret.
    const byPath = slash < 0 ? undefined : paths.get(hashed(whole.slice(0, slash)));
    const header = request.headers.authorization;
    const byName = header === undefined ? undefined : nameIn(header, request.method ?? "", target, named, digest);
    const device = byPath ?? (byName === "stale" ? undefined : byName) ?? placed.find((one) => one.address === address);
    const away = device?.address !== undefined && device.address !== address;
    if (device !== undefined && !away)
      return { device, path: device === byPath ? whole.slice(slash + 1) : whole, query };
    return offers(false).length > 0 ? { status: 401, challenge: offers(byName === "stale") } : { status: 404 };
  };
}

function nameIn(
  header: string,
  method: string,
  target: string,
  named: readonly PushingDevice[],
  digest: Digest,
): PushingDevice | "stale" | undefined {
  const of = (by: PushingDevice["by"], user: string) => named.find((one) => one.by === by && one.username === user);
  if (/^Digest /i.test(header)) {
    const verdict = digest.check(fromHeader(header), method, target, (user) => of("digest", user)?.secret);
    if (verdict.is === "stale") return "stale";
    return verdict.is === "good" ? of("digest", verdict.user) : undefined;
  }
  const plain = Buffer.from(/^Basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(header)?.[1] ?? "", "base64").toString("utf8");
  const colon = plain.indexOf(":");
  const device = colon < 0 ? undefined : of("basic", plain.slice(0, colon));
  const right = timingSafeEqual(hash(plain.slice(colon + 1)), hash(device?.secret ?? ""));
  return right && device?.secret !== undefined ? device : undefined;
}

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
const hashed = (text: string): string => hash(text).toString("hex");

/** Without the mark of an IPv4 address on an IPv6 socket. */
function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

// ── In and out ──────────────────────────────────────────────────────────────────────────────────────────────────────
function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | "too-long" | "gone"> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) return done("too-long");
      chunks.push(chunk);
    });
    request.on("end", () => done(Buffer.concat(chunks)));
    request.on("close", () => done("gone"));
    request.on("error", () => done("gone"));
  });
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  challenge: readonly string[] = [],
): void {
  response.shouldKeepAlive = false;
  response.statusCode = status;
  if (challenge.length > 0) response.setHeader("www-authenticate", challenge);
  if (status === 503) response.setHeader("retry-after", "5");
  // What still comes of the body is not read to its end.
  response.end(() => request.destroy());
}

function send(response: ServerResponse, answer: RequestAnswer): Promise<"sent" | "gone" | "uncertain"> {
  if (response.destroyed || response.writableEnded) return Promise.resolve("gone");
  return new Promise((done) => {
    response.once("finish", () => done("sent"));
    response.once("close", () => done("uncertain"));
    response.writeHead(answer.status, {
      ...answer.headers,
      ...(answer.type === "" ? {} : { "content-type": answer.type }),
      "content-length": String(answer.body.length),
      "cache-control": "no-store",
    });
    response.end(answer.body);
  });
}
