/** The county's side on loopback, from the very files of docs/fleet: three NATS nodes, a balancer, PostgreSQL, a receiver. */
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import type { Bay, Program } from "../bench/running.ts";

export interface County {
  /** Where gates connect to. */
  readonly url: string;
  readonly database: pg.Pool;
  /** SIGKILL, as a power cut would. */
  kill(node: number): void;
  revive(node: number): void;
  receiver(): Program;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  const bound = server.address();
  await new Promise((done) => server.close(done));
  if (typeof bound !== "object" || bound === null) throw new Error("no port");
  return bound.port;
}

export async function until(what: string, withinMs: number, act: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + withinMs;
  for (let last = ""; ; ) {
    try {
      if (await act()) return;
    } catch (cause) {
      last = cause instanceof Error ? cause.message : String(cause);
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms ${last}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

/** @param top the repository; @param bay where all of it lives, outside of any private folder: PostgreSQL refuses to run as root */
export async function openCounty(top: string, bay: Bay): Promise<County> {
  const ours = (name: string) => join(top, "docs", "fleet", name);
  const ports = await Promise.all(Array.from({ length: 12 }, freePort));
  const port = (n: number) => ports[n] ?? 0;
  const node = (n: number): Program =>
    bay.run(`nats-${n}`, "nats-server", ["-c", ours("nats.conf")], {
      NODE: `n${n}`,
      STORE: bay.folder(`store-${n}`),
      CLIENT_PORT: String(port(n)),
      MQTT_PORT: String(port(n + 3)),
      CLUSTER_PORT: String(port(n + 6)),
      ...Object.fromEntries([0, 1, 2].map((one) => [`ROUTE_${one + 1}`, `nats://127.0.0.1:${port(one + 6)}`])),
    });
  const nodes = [node(0), node(1), node(2)];
  const database = await openDatabase(bay, port(9), readFileSync(ours("schema.sql"), "utf8"));
  bay.run("haproxy", "haproxy", ["-db", "-f", ours("haproxy.cfg")], {
    GATES_PORT: String(port(10)),
    ...Object.fromEntries([0, 1, 2].map((n) => [`MQTT_${n + 1}`, String(port(n + 3))])),
  });
  const url = `mqtt://127.0.0.1:${port(10)}`;
  let receiver = receive();
  function receive(): Program {
    return bay.run("receiver", process.execPath, [ours("receiver.mjs")], {
      NATS_URLS: [0, 1, 2].map((n) => `nats://127.0.0.1:${port(n)}`).join(","),
      MQTT_URL: url,
      DATABASE_URL: `postgres://county@127.0.0.1:${port(9)}/postgres`,
    });
  }
  await until("the receiver", 120_000, async () => {
    if (receiver.child.exitCode !== null) {
      const said = receiver.printed();
      receiver = receive();
      throw new Error(said);
    }
    if (receiver.printed().includes("receiving")) return true;
    throw new Error([receiver, ...nodes].map((one) => one.printed().slice(-1_500)).join("\n"));
  });
  return {
    url,
    database,
    kill: (n) => void nodes[n]?.child.kill("SIGKILL"),
    revive(n) {
      nodes[n] = node(n);
    },
    receiver: () => receiver,
  };
}

async function openDatabase(bay: Bay, port: number, schema: string): Promise<pg.Pool> {
  const versions = readdirSync("/usr/lib/postgresql").sort((one, other) => Number(one) - Number(other));
  const bin = join("/usr/lib/postgresql", versions.at(-1) ?? "", "bin");
  const place = bay.folder("postgres");
  const data = join(place, "data");
  mkdirSync(data);
  const asRoot = process.getuid?.() === 0;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  if (asRoot) chownSync(data, id("-u"), id("-g"));
  const asUser = (program: string, args: readonly string[]): [string, readonly string[]] =>
    asRoot
      ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...args]]
      : [program, args];
  const [make, makeArgs] = asUser(join(bin, "initdb"), ["-D", data, "-A", "trust", "-U", "county", "--no-sync"]);
  execFileSync(make, makeArgs, { cwd: "/", stdio: "pipe" });
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "20",
  };
  const [run, runArgs] = asUser(join(bin, "postgres"), [
    "-D",
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  bay.run("postgres", run, runArgs);
  const pool = new pg.Pool({ host: "127.0.0.1", port, user: "county", database: "postgres", max: 3 });
  pool.on("error", () => undefined);
  await until("PostgreSQL", 30_000, async () => (await pool.query("select 1")).rowCount === 1);
  await pool.query(schema);
  return pool;
}
