/** Who does the job: the gate as it is built and installed, and what a site would use instead. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { freePort, top, until } from "../whole/place.ts";
import { type Access, deviceIdOf } from "./driver.ts";
import { ourList, theirList } from "./people.ts";
import { type Bay, type Program, writeText } from "./running.ts";

export interface Contender {
  readonly name: string;
  readonly access: Access;
  readonly program: Program;
  /** People on its list. */
  readonly people: number;
  /** What counts as an answer that its row stands behind; the echo keeps none. */
  readonly answered: "PushAck" | "Unlock";
  /** Rows of decided events in its own file; undefined = it keeps none. */
  rows(): number | undefined;
  /** Guard page; the gate's, and the page echo's. */
  readonly page?: string;
}

export interface Setting {
  readonly bay: Bay;
  /** Folder of what is kept between runs. */
  readonly cache: string;
}

/** As many as one gate may have lanes. */
export const TERMINALS = 32;
const baselines = join(top, "test", "bench", "baselines");
const nobody: Access["user"] = () => undefined;

/** A Mosquitto of its own for each contender, tuned as our notes say; nobody hears another one's events. */
export async function mosquitto(bay: Bay, name: string): Promise<string> {
  const port = await freePort();
  const config = writeText(
    join(bay.folder(`mosquitto-${name}`), "mosquitto.conf"),
    `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\nmax_inflight_messages 0\nmax_queued_messages 0\n`,
  );
  const program = bay.run(`mosquitto-${name}`, "mosquitto", ["-c", config]);
  await until(() => program.printed().includes(" running"), 5_000, program.printed);
  return `mqtt://127.0.0.1:${port}`;
}

const PASSWORD = "bench-terminal-0123456789";

/** Which terminals stand at each lane; the first of them opens it. */
export type Lanes = readonly (readonly number[])[];
const numbers = Array.from({ length: TERMINALS }, (_, n) => n);
const ONE_EACH: Lanes = numbers.map((n) => [n]);

function gateYaml(mqtt: string, embedded: boolean, passwordFile: string, lanes: Lanes): string {
  return `site: { id: bench, name: 测试小区 }
gate: { id: main, name: 正门 }
dataDir: data
mqtt: ${mqtt}
clock: { trust: trusted }
devices:
${numbers
  .map(
    (n) =>
      `  - { id: face-${n}, profile: faceterm-mqtt, mqtt: ${embedded ? `{ passwordFile: ${passwordFile} }` : "{}"}, params: { deviceId: "${deviceIdOf(n)}" }, purpose: 性能测试 }`,
  )
  .join("\n")}
lanes:
${lanes
  .map(
    (readers, n) =>
      `  - { id: lane-${n}, kind: pedestrian, name: 通道${n}, outputs: { open: { device: face-${readers[0]}, command: unlock } }, times: { travelMs: 500, accessMs: 1000, gapMs: 100 }, accessPoints: [{ id: in-${n}, direction: in, readers: [${readers.map((one) => `face-${one}`).join(", ")}] }] }`,
  )
  .join("\n")}
accessLevels: [{ id: residents, accessPoints: all }]
`;
}

/** The built product, `gatepost start`, at its shipped log level. */
export async function gate(
  setting: Setting,
  name: string,
  how: {
    readonly link: "mosquitto" | "embedded";
    readonly people: number;
    readonly preload?: string;
    readonly nodeArgs?: readonly string[];
    /** One terminal each, when left out. */
    readonly lanes?: Lanes;
    /** As it stands in gate.yaml. */
    readonly uplink?: string;
  },
): Promise<Contender> {
  const { bay, cache } = setting;
  const dir = bay.folder(name);
  ourList(cache, join(dir, "data"), how.people);
  const embedded = how.link === "embedded";
  const mqttPort = await freePort();
  const url = embedded ? `mqtt://127.0.0.1:${mqttPort}` : await mosquitto(bay, name);
  const passwordFile = writeText(join(dir, "terminal.password"), PASSWORD);
  const config = writeText(
    join(dir, "gate.yaml"),
    `${how.uplink === undefined ? "" : `uplink: ${how.uplink}\n`}${gateYaml(
      embedded ? "{ embedded: { host: 127.0.0.1 } }" : `{ external: { url: "${url}" } }`,
      embedded,
      passwordFile,
      how.lanes ?? ONE_EACH,
    )}`,
  );
  const pagePort = await freePort();
  const program = bay.run(
    name,
    process.execPath,
    [...(how.nodeArgs ?? []), join(top, "dist", "gatepost.cjs"), "start", "--config", config],
    {
      GATEPOST_PAGE_PORT: String(pagePort),
      ...(embedded ? { GATEPOST_MQTT_PORT: String(mqttPort) } : {}),
      ...(how.preload === undefined ? {} : { LD_PRELOAD: how.preload }),
    },
  );
  return {
    name,
    access: { url, user: embedded ? (n) => ({ username: `face-${n}`, password: PASSWORD }) : nobody },
    program,
    people: how.people,
    answered: "PushAck",
    page: `http://127.0.0.1:${pagePort}`,
    rows: () => count(join(dir, "data", "journal.sqlite"), "SELECT count(*) n FROM journal WHERE kind = 'decision'"),
  };
}

/** One of test/bench/baselines. */
export async function baseline(
  setting: Setting,
  name: string,
  how: {
    readonly script: "echo.mjs" | "page-echo.mjs" | "minimal.mjs" | "node-red.mjs" | "paho_sqlite.py";
    readonly people: number;
    readonly mode?: "row-sync" | "open-first";
    readonly nodeRed?: string;
    readonly preload?: string;
  },
): Promise<Contender> {
  const { bay, cache } = setting;
  const dir = bay.folder(name);
  const url = await mosquitto(bay, name);
  const rows = join(dir, "events.sqlite");
  const echo = how.script === "echo.mjs" || how.script === "page-echo.mjs";
  const python = how.script.endsWith(".py");
  const page = how.script === "page-echo.mjs" ? await freePort() : undefined;
  const program = bay.run(name, python ? "/usr/bin/python3" : process.execPath, [join(baselines, how.script)], {
    BENCH_MQTT: url,
    BENCH_DB: rows,
    BENCH_DIR: dir,
    ...(echo ? {} : { BENCH_PEOPLE: theirList(cache, how.people) }),
    ...(page === undefined ? {} : { BENCH_PORT: String(page) }),
    ...(how.mode === undefined ? {} : { MODE: how.mode }),
    ...(how.nodeRed === undefined ? {} : { BENCH_NODE_RED: how.nodeRed }),
    ...(how.preload === undefined ? {} : { LD_PRELOAD: how.preload }),
  });
  return {
    name,
    access: { url, user: nobody },
    program,
    people: how.people,
    answered: echo ? "Unlock" : "PushAck",
    rows: () => (echo ? undefined : count(rows, "SELECT count(*) n FROM event")),
    ...(page === undefined ? {} : { page: `http://127.0.0.1:${page}` }),
  };
}

function count(file: string, sql: string): number {
  if (!existsSync(file)) return 0;
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare<[], { n: number }>(sql).get()?.n ?? 0;
  } finally {
    db.close();
  }
}
