/** A place to run the whole program in: a folder of its own, real programs beside it, all stopped at the end. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const top = join(import.meta.dirname, "..", "..");

export interface Place {
  readonly dir: string;
  write(name: string, text: string): string;
  /** Runs a program until the place is left. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  /** SIGKILLs whatever still runs with this in its arguments. */
  killAll(argument: string): Promise<void>;
  leave(): Promise<void>;
}

export interface Running {
  readonly child: ChildProcess;
  /** All it has printed so far. */
  printed(): string;
  readonly ended: Promise<number | null>;
  /** Stops it: SIGTERM by default. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export function openPlace(): Place {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-whole-"));
  const running: Running[] = [];
  return {
    dir,
    write(name, text) {
      const file = join(dir, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
    run(program, args, env = {}) {
      const child = spawn(program, args, {
        cwd: dir,
        env: { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
      });
      child.stderr.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
      });
      const ended = new Promise<number | null>((done) => {
        child.once("exit", (code) => done(code));
        child.once("error", () => done(null));
      });
      const one: Running = {
        child,
        printed: () => text,
        ended,
        stop(signal = "SIGTERM") {
          child.kill(signal);
          return ended;
        },
      };
      running.push(one);
      return one;
    },
    async killAll(argument) {
      const chosen = running.filter((one) => one.child.spawnargs.some((arg) => arg.includes(argument)));
      await Promise.all(chosen.map((one) => one.stop("SIGKILL")));
    },
    async leave() {
      await Promise.all(running.map((one) => one.stop("SIGKILL")));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Below those that the system gives to connections that go out: one of them would be taken again before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const isFree = await new Promise<boolean>((done) => {
      const server = createServer();
      server.once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
    });
    if (isFree) return port;
  }
}

/** Waits until `what` answers something, and returns it. @throws after `withinMs` with the last words of `say`. */
export async function until<T>(
  what: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 20_000,
  say: () => string = () => "",
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await what();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what.toString()}\n${say()}`);
    await new Promise((next) => setTimeout(next, 10));
  }
}

/** Debian's Mosquitto on a free loopback port, `inFlight` unacknowledged messages at once (0 = all; as shipped 20); as shipped it would answer QoS 1 in 44 ms (set_tcp_nodelay). */
export async function startMosquitto(
  place: Place,
  inFlight = 0,
  more = "",
): Promise<{ readonly port: number; readonly url: string; readonly running: Running }> {
  const port = await freePort();
  const config = place.write(
    "mosquitto.conf",
    `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\nmax_inflight_messages ${inFlight}\nmax_queued_messages 0\n${more}`,
  );
  const running = place.run("mosquitto", ["-c", config]);
  await until(
    () => running.printed().includes("running") || running.printed().includes("Opening ipv4"),
    20_000,
    running.printed,
  );
  return { port, url: `mqtt://127.0.0.1:${port}`, running };
}

export interface Gate {
  readonly running: Running;
  readonly page: string;
  readonly mqttPort: number;
}

/** The built `gatepost start` on a config of the test's own; resolves when /readyz (or another probe) says so. */
export async function startGate(
  place: Place,
  yaml: string,
  env: Readonly<Record<string, string>> = {},
  probe = "readyz",
): Promise<Gate> {
  const pagePort = await freePort();
  const mqttPort = await freePort();
  const config = place.write("gate.yaml", yaml);
  const running = place.run(process.execPath, [join(top, "dist", "gatepost.cjs"), "start", "--config", config], {
    GATEPOST_PAGE_PORT: String(pagePort),
    GATEPOST_MQTT_PORT: String(mqttPort),
    GATEPOST_LOG_LEVEL: "debug",
    ...env,
  });
  const page = `http://127.0.0.1:${pagePort}`;
  await until(
    async () => {
      if (running.child.exitCode !== null || running.child.signalCode !== null)
        throw new Error(`gatepost ended: ${running.printed()}`);
      return fetch(`${page}/${probe}`).then(
        (answer) => answer.ok,
        () => false,
      );
    },
    60_000,
    running.printed,
  );
  return { running, page, mqttPort };
}

/** Two ends of one serial line, by socat. */
export async function serialPair(
  place: Place,
  name: string,
): Promise<{ readonly ours: string; readonly theirs: string; readonly running: Running }> {
  const ours = join(place.dir, `${name}-gate`);
  const theirs = join(place.dir, `${name}-device`);
  const running = place.run("socat", ["-d", "-d", `pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`]);
  await until(() => running.printed().includes("starting data transfer"), 20_000, running.printed);
  return { ours, theirs, running };
}
