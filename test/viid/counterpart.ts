/**
 * A GA/T 1400 platform, written from what is public about the protocol and not from our own code: registering with digest
 * (RFC 7616), keeping alive, batches with one status for each object; and with every bad manner that platforms have.
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Random } from "../../src/simulator/random.ts";

/** Chances, each request or object. */
export interface Manners {
  readonly broken?: number;
  readonly busy?: number;
  /** Hangs up before it has stored anything, or after all of it. */
  readonly hangsUp?: number;
  readonly hangsUpAfter?: number;
  readonly forgetsUs?: number;
  /** An object is answered with "something went wrong", and isn't stored. */
  readonly unsure?: number;
  /** One object of a batch is left out of the answer, though it is stored. */
  readonly leavesOut?: number;
  readonly garbage?: number;
  /** Objects that it will never have: by id. */
  readonly hates?: (id: string) => boolean;
  /** One object that it hates spoils the whole request: by one word, by an error of the server, or by its end. */
  readonly spoils?: "word" | "error" | "end";
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The line breaks in the middle of the answer. */
  readonly hangsUp?: boolean;
}

const LISTS = {
  "/VIID/MotorVehicles": ["MotorVehicleListObject", "MotorVehicleObject", "MotorVehicleID"],
  "/VIID/Persons": ["PersonListObject", "PersonObject", "PersonID"],
  "/VIID/Faces": ["FaceListObject", "FaceObject", "FaceID"],
} as const;
const entriesOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};

/** What it answers and what it keeps; no sockets. */
export function openCounterpart(dice: Random, manners: () => Manners, deviceId: string) {
  let registered = false;
  const stored = new Map<string, Readonly<Record<string, unknown>>>();
  const arrived: string[] = [];
  const asked: string[] = [];
  const bodies: string[] = [];
  const chance = (p = 0) => dice.chance(p);
  const status = (path: string, id: string, code: number, says = code === 0 ? "OK" : "不行") => ({
    Id: id,
    LocalTime: "20261125080000",
    RequestURL: path,
    StatusCode: code,
    StatusString: says,
  });
  const one = (path: string, code: number, says?: string): Reply => ({
    status: 200,
    text: JSON.stringify({ ResponseStatusObject: status(path, deviceId, code, says) }),
  });

  function take(path: keyof typeof LISTS, body: string): Reply {
    const [list, name, idName] = LISTS[path];
    const found = entriesOf(entriesOf(JSON.parse(body))[list])[name];
    const objects = Array.isArray(found) ? found.map(entriesOf) : [];
    const { hates, spoils, unsure, leavesOut } = manners();
    const idOf = (object: Readonly<Record<string, unknown>>) => String(object[idName]);
    if (spoils !== undefined && objects.some((object) => hates?.(idOf(object)) === true)) {
      if (spoils === "word") return one(path, 8, "JSON 内容无效");
      return { status: 500, text: "", ...(spoils === "end" ? { hangsUp: true } : {}) };
    }
    const silentOn = chance(leavesOut) ? dice.below(objects.length) : -1;
    const statuses = objects.map((object) => {
      const id = idOf(object);
      arrived.push(id);
      if (hates?.(id) === true) return status(path, id, 8, "JSON 内容无效");
      if (chance(unsure)) return status(path, id, 1, "其他未知错误");
      stored.set(id, object);
      return status(path, id, 0);
    });
    const told = statuses.filter((_, place) => place !== silentOn);
    return { status: 200, text: JSON.stringify({ ResponseStatusListObject: { ResponseStatusObject: told } }) };
  }

  /** Who it is has been looked at already. */
  function meet(method: string, path: string, user: string | undefined, body: string): Reply {
    asked.push(`${method} ${path}`);
    bodies.push(body);
    const { broken, busy, hangsUp, hangsUpAfter, forgetsUs, garbage } = manners();
    if (chance(hangsUp)) return { status: 200, text: "", hangsUp: true };
    if (chance(broken)) return { status: 500, text: "<html>tomcat</html>" };
    if (path === "/VIID/System/Register") {
      registered = user === deviceId;
      return registered ? one(path, 0) : { status: 403, text: "" };
    }
    if (chance(forgetsUs)) registered = false;
    if (user !== deviceId || !registered) return { status: 401, text: "" };
    if (path === "/VIID/System/Time")
      return {
        status: 200,
        text: '{"SystemTimeObject":{"VIIDServerID":"1","TimeMode":"1","LocalTime":"20261125080000","TimeZone":null}}',
      };
    if (path === "/VIID/System/UnRegister") registered = false;
    if (path.startsWith("/VIID/System/")) return one(path, 0);
    if (!isList(path)) return { status: 404, text: "" };
    if (chance(busy)) return one(path, 2, "设备忙");
    const reply = take(path, body);
    if (chance(garbage)) return { status: 200, text: "OK" };
    return chance(hangsUpAfter) ? { ...reply, hangsUp: true } : reply;
  }

  return {
    meet,
    stored: stored as ReadonlyMap<string, Readonly<Record<string, unknown>>>,
    /** Ids of objects as they came. */
    arrived: arrived as readonly string[],
    asked: asked as readonly string[],
    bodies: bodies as readonly string[],
    registered: () => registered,
    forget: () => {
      registered = false;
    },
  };
}
const isList = (path: string): path is keyof typeof LISTS => path in LISTS;

export interface Gatekeeping {
  readonly realm: string;
  readonly password: string;
  /** How often a nonce may be used; then `stale=true`. */
  readonly uses?: number;
  /** Everything must be signed, not registering alone. */
  readonly all?: boolean;
  readonly algorithm?: string;
  /** Waits so long before it answers, ms. */
  readonly slowMs?: () => number;
  /** Over TLS, with these. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** The same behind a real server. `port` 0 = any. */
export async function listen(platform: ReturnType<typeof openCounterpart>, gate: Gatekeeping, port = 0) {
  const uses = new Map<string, number>();
  const refused: string[] = [];
  const headers: IncomingMessage["headers"][] = [];

  function challenge(response: ServerResponse, stale: boolean): void {
    const nonce = randomBytes(8).toString("hex");
    uses.set(nonce, 0);
    const words = `Digest realm="${gate.realm}", qop="auth,auth-int", nonce="${nonce}", opaque="7c1f"`;
    const algorithm = gate.algorithm === undefined ? "" : `, algorithm=${gate.algorithm}`;
    response.writeHead(401, { "WWW-Authenticate": `${words}${stale ? ", stale=true" : ""}${algorithm}` }).end();
  }

  function authorized(request: IncomingMessage): "yes" | "no" | "stale" {
    const said = request.headers.authorization ?? "";
    const word = (name: string) => new RegExp(`(?:^|[ ,])${name}="?([^",]*)"?`).exec(said)?.[1] ?? "";
    const used = uses.get(word("nonce"));
    if (!said.startsWith("Digest ") || used === undefined) return "no";
    const hash = (text: string) =>
      createHash(gate.algorithm === "SHA-256" ? "sha256" : "md5")
        .update(text)
        .digest("hex");
    const ha1 = hash(`${word("username")}:${gate.realm}:${gate.password}`);
    const ha2 = hash(`${request.method}:${request.url}`);
    const wanted = hash(`${ha1}:${word("nonce")}:${word("nc")}:${word("cnonce")}:${word("qop")}:${ha2}`);
    // Each count once, and in order: what was overheard can't be sent again.
    if (wanted !== word("response") || word("uri") !== request.url) return "no";
    if (Number.parseInt(word("nc"), 16) !== used + 1) return "no";
    uses.set(word("nonce"), used + 1);
    return used + 1 > (gate.uses ?? Number.POSITIVE_INFINITY) ? "stale" : "yes";
  }

  const answering = (request: IncomingMessage, response: ServerResponse): void => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("error", () => undefined);
    request.on("end", () => {
      headers.push(request.headers);
      const path = request.url ?? "";
      if (path === "/VIID/System/Register" || gate.all === true) {
        const verdict = authorized(request);
        if (verdict !== "yes") refused.push(path);
        if (verdict !== "yes") return challenge(response, verdict === "stale");
      }
      const user = request.headers["user-identify"];
      const body = Buffer.concat(pieces).toString("utf8");
      const answer = () => {
        const reply = platform.meet(request.method ?? "", path, typeof user === "string" ? user : undefined, body);
        response.writeHead(reply.status, {
          "Content-Type": "application/VIID+JSON",
          "Content-Length": Buffer.byteLength(reply.text) + (reply.hangsUp === true ? 10 : 0),
        });
        if (reply.hangsUp !== true) return response.end(reply.text);
        return response.write(`${reply.text} `, () => request.socket.destroy());
      };
      const slowMs = gate.slowMs?.() ?? 0;
      if (slowMs === 0) return void answer();
      setTimeout(answer, slowMs).unref();
    });
  };
  const server = gate.tls === undefined ? createServer(answering) : createSecureServer(gate.tls, answering);
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const at = server.address();
  const listensAt = typeof at === "object" && at !== null ? at.port : 0;
  return {
    url: `${gate.tls === undefined ? "http" : "https"}://127.0.0.1:${listensAt}`,
    port: listensAt,
    /** Paths of requests that were met with a challenge. */
    refused: refused as readonly string[],
    headers: headers as readonly IncomingMessage["headers"][],
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
