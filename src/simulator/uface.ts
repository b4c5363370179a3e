/**
 * A face terminal with the Uface HTTP LAN interface, on a real port: it is called with its password to open, to hold
 * people and faces and to tell its records, and it calls back for everybody it recognises. It can be made to misbehave.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";

export interface UfaceSettings {
  readonly deviceKey: string;
  readonly password: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Where it calls back, without the last part: `http://gate:8088/<secret>/uface`. */
  readonly callback?: () => string;
  readonly utcOffsetMin?: number;
}

/** What it does instead of answering as it should, after it has done what it was told. */
export type Fault = "none" | "slow" | "half" | "500" | "garbage" | "redirect" | "hang-up";

export interface UfacePerson {
  readonly id: string;
  readonly name: string;
  readonly face?: string;
}

interface Kept {
  readonly id: number;
  readonly personId: string;
  readonly time: number;
  readonly type: string;
  readonly path: string;
}

export interface Uface {
  readonly url: string;
  /** How often it was told to open, with the right password. */
  opened(): number;
  /** Method and path of all that came, in order. */
  asked(): readonly string[];
  /** How many connections were made to it. */
  connections(): number;
  people(): readonly UfacePerson[];
  /** Somebody enrols on its own page. */
  enrolHere(person: UfacePerson): void;
  behave(how: Fault): void;
  /** It recognises somebody: kept as a record, and told if `callback` listens. The status of the answer, 0 = nobody. */
  recognise(personId: string, type?: string, atMs?: number): Promise<number>;
  /** The same while nobody hears it: only its own record remains. */
  recognised(personId: string, type?: string, atMs?: number): void;
  beat(): Promise<number>;
  close(): Promise<void>;
}

const BODY_MAX = 4_000_000;
const GARBAGE_BYTES = 2_500_000;
const EVERYBODY = "-1";

export async function openUface(settings: UfaceSettings): Promise<Uface> {
  const people = new Map<string, UfacePerson>();
  const records: Kept[] = [];
  const asked: string[] = [];
  const stalled = new Set<ServerResponse>();
  let fault: Fault = "none";
  let opened = 0;
  let connections = 0;

  const deeds: Readonly<Record<string, (said: URLSearchParams) => unknown>> = {
    "POST /device/openDoorControl": () => {
      opened++;
      return done();
    },
    "GET /getDeviceKey": () => done(settings.deviceKey),
    "POST /person/create": (said) => put(said, false),
    "POST /person/update": (said) => put(said, true),
    "POST /person/delete": (said) => {
      const id = said.get("id") ?? "";
      const gone = id === EVERYBODY ? [...people.keys()] : [id].filter((one) => people.has(one));
      for (const one of gone) people.delete(one);
      return gone.length > 0
        ? done({ effective: gone.join(","), invalid: "" })
        : not("LAN_EXP-3009", "person is not there");
    },
    "GET /person/find": (said) => {
      const id = said.get("id");
      const found = [...people.values()].filter((one) => id === EVERYBODY || one.id === id);
      return done(found.map((one) => ({ id: one.id, name: one.name, facePermission: 2 })));
    },
    "POST /face/create": (said) => {
      const person = people.get(said.get("personId") ?? "");
      const face = said.get("imgBase64") ?? "";
      if (person === undefined) return not("LAN_EXP-4001", "no such person");
      if (person.face !== undefined) return not("LAN_EXP-4002", "it has a face");
      if (!/^\/9j\/[A-Za-z0-9+/]{1000,}=*$/.test(face)) return not("LAN_EXP-4003", "no face in it");
      people.set(person.id, { ...person, face });
      return done();
    },
    "POST /face/delete": (said) => {
      const person = people.get(said.get("faceId") ?? "");
      if (person?.face === undefined) return not("LAN_EXP-4004", "no such face");
      people.set(person.id, { id: person.id, name: person.name });
      return done();
    },
    "GET /newFindRecords": (said) => {
      const [from, until] = [said.get("startTime"), said.get("endTime")].map((text) => epochOf(text ?? "", settings));
      const [length, index] = [Number(said.get("length")), Number(said.get("index"))];
      const found = records.filter(({ time }) => time >= (from ?? 0) && time <= (until ?? 0));
      return done({
        pageInfo: { total: found.length, index, length },
        records: found.slice(index * length, (index + 1) * length),
      });
    },
  };

  function put(said: URLSearchParams, isThere: boolean): unknown {
    const told: unknown = JSON.parse(said.get("person") ?? "{}");
    if (typeof told !== "object" || told === null || !("id" in told) || !("name" in told))
      return not("LAN_EXP-3001", "person");
    const id = String(told.id);
    const before = people.get(id);
    if ((before !== undefined) !== isThere)
      return not("LAN_EXP-3002", isThere ? "no such person" : "the person is there");
    people.set(id, { ...before, id, name: String(told.name) });
    return done();
  }

  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://terminal");
    const body = await bodyOf(request);
    const said = request.method === "GET" ? searchParams : new URLSearchParams(body);
    const deed = `${request.method} ${pathname}`;
    asked.push(deed);
    if (fault === "redirect") return void response.writeHead(302, { location: "/elsewhere" }).end();
    const known = deeds[deed];
    if (known === undefined) return void response.writeHead(404).end();
    const trusted = said.get("pass") === settings.password || deed === "GET /getDeviceKey";
    const answer = JSON.stringify(trusted ? known(said) : not("LAN_EXP-1002", "密码错误，请检查密码正确性"));
    misbehave(response, answer);
  }

  function misbehave(response: ServerResponse, answer: string): void {
    const head = { "content-type": "application/json;charset=UTF-8" };
    switch (fault) {
      case "slow":
        stalled.add(response);
        return;
      case "half":
        response.writeHead(200, { ...head, "content-length": String(Buffer.byteLength(answer) + 10) });
        response.write(answer, () => response.destroy());
        return;
      case "500":
        response.writeHead(500, head).end(answer);
        return;
      case "garbage":
        response.on("error", () => undefined);
        response.writeHead(200, head).end(Buffer.alloc(GARBAGE_BYTES, 0x7b));
        return;
      case "hang-up":
        response.destroy();
        return;
      case "redirect":
      case "none":
        response.writeHead(200, head).end(answer);
    }
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => void hear(request, response);
  const server = settings.tls === undefined ? createServer(listener) : createTlsServer(settings.tls, listener);
  server.on("connection", () => connections++);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((up, failed) => {
    server.once("error", failed);
    server.listen({ host: "127.0.0.1", port: settings.port ?? 0 }, up);
  });
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;

  async function call(path: string, told: Readonly<Record<string, string>>): Promise<number> {
    const to = settings.callback?.();
    if (to === undefined) return 0;
    const form = new URLSearchParams({ ip: "127.0.0.1", deviceKey: settings.deviceKey, ...told });
    return fetch(`${to}/${path}`, { method: "POST", body: form }).then(
      (answer) => answer.status,
      () => 0,
    );
  }

  function keep(personId: string, type: string, time: number): void {
    records.push({ id: records.length + 1, personId, time, type, path: "" });
  }

  return {
    url: `${settings.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    opened: () => opened,
    asked: () => [...asked],
    connections: () => connections,
    people: () => [...people.values()],
    enrolHere: (person) => void people.set(person.id, person),
    behave(how) {
      fault = how;
    },
    recognise(personId, type = "face_0", atMs = Date.now()) {
      keep(personId, type, atMs);
      const scores = { searchScore: "91.5", livenessScore: "99.0" };
      return call("recog", { personId, time: String(atMs), type, path: "", data: "", ...scores });
    },
    recognised: (personId, type = "face_0", atMs = Date.now()) => keep(personId, type, atMs),
    beat: () => call("heartbeat", { time: String(Date.now()), personCount: String(people.size), version: "GD-V12.8" }),
    async close() {
      for (const response of stalled) response.destroy();
      await new Promise<void>((down) => {
        server.close(() => down());
        server.closeAllConnections();
      });
    },
  };
}

const done = (data?: unknown) => ({ result: 1, success: true, msg: "", ...(data === undefined ? {} : { data }) });
const not = (code: string, msg: string) => ({ result: 1, success: false, code, msg });

/** `YYYY-MM-DD hh:mm:ss` on its own wall. */
const epochOf = (text: string, { utcOffsetMin = 480 }: UfaceSettings): number =>
  Date.parse(`${text.replace(" ", "T")}Z`) - utcOffsetMin * 60_000;

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((read) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_MAX) chunks.push(chunk);
    });
    request.on("end", () => read(Buffer.concat(chunks).toString("utf8")));
    request.on("error", () => read(""));
  });
}
