/** Programs that the bench runs: each with its own folder and log file, all stopped at the end, whatever happens. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Program {
  readonly child: ChildProcess;
  /** performance.now() when it was started. */
  readonly startedAt: number;
  /** What it has printed, from its log file. */
  printed(): string;
  /** Resident memory now, MB. */
  memoryMb(): number;
  stop(): Promise<void>;
}

export interface Bay {
  readonly dir: string;
  folder(name: string): string;
  /** Output goes to a file and costs the driver nothing. */
  run(name: string, program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Program;
  clear(): Promise<void>;
}

export function openBay(results: string): Bay {
  // On the disk that is measured, not in a /tmp that may be memory.
  const dir = mkdtempSync(join(results, "run-"));
  const programs: Program[] = [];
  function folder(name: string): string {
    const path = join(dir, name);
    mkdirSync(path, { recursive: true });
    return path;
  }
  return {
    dir,
    folder,
    run(name, program, args, env = {}) {
      const log = join(dir, `${name}.log`);
      const out = openSync(log, "w");
      const startedAt = performance.now();
      const child = spawn(program, args, {
        cwd: folder(name),
        env: { ...process.env, ...env },
        stdio: ["ignore", out, out],
      });
      closeSync(out);
      const ended = new Promise<void>((done) => {
        child.once("exit", () => done());
        child.once("error", () => done());
      });
      const one: Program = {
        child,
        startedAt,
        printed: () => readFileSync(log, "utf8").slice(-4_000),
        memoryMb: () => memoryOf(child.pid),
        async stop() {
          if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
          child.kill("SIGTERM");
          const late = setTimeout(() => child.kill("SIGKILL"), 3_000);
          await ended;
          clearTimeout(late);
        },
      };
      programs.push(one);
      return one;
    },
    async clear() {
      await Promise.all(programs.map((one) => one.stop()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function memoryOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 102.4) / 10;
}

export function writeText(file: string, text: string): string {
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
