/**
 * Our end of the register's thread: started when somebody asks, ended when nobody has for a while, ended and begun anew
 * when a task takes too long or too much memory. The gate's own thread does none of this work.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { GateError } from "../core/fault.ts";
import type { readBook } from "./import-book.ts";
import type { Heard, RegisterPlace, TaskName, WholeDesk } from "./register-word.ts";

type Desk = Pick<WholeDesk, Exclude<TaskName, "sheet">> & { readonly sheet: typeof readBook };

export interface RegisterThread {
  /** @throws GateError REGISTER_TOO_HEAVY when it took too long or too much memory; DATABASE_… */
  ask<K extends TaskName>(name: K, ...args: Parameters<Desk[K]>): Promise<Awaited<ReturnType<Desk[K]>>>;
  close(): Promise<void>;
}

export interface ThreadLimits {
  /** Of one task, ms. */
  readonly taskMs: number;
  /** Old generation of the thread's heap, MB. */
  readonly heapMb: number;
  /** Without a task it ends after this, ms. */
  readonly idleMs: number;
}
const LIMITS: ThreadLimits = { taskMs: 60_000, heapMb: 320, idleMs: 300_000 };

interface Waiting {
  readonly done: (result: never) => void;
  readonly fail: (cause: Error) => void;
}

/** @param place absent = files are read and no list is opened */
export function openRegisterThread(place?: RegisterPlace, limits: ThreadLimits = LIMITS): RegisterThread {
  const program = registerProgram();
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let last = 0;
  let late: NodeJS.Timeout | undefined;
  let ending: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    const fresh = new Worker(program, {
      workerData: place,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb },
      stdout: false,
      stderr: false,
    });
    fresh.on("message", hear);
    fresh.on("error", (cause: unknown) => {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
      const heavy = code === "ERR_WORKER_OUT_OF_MEMORY";
      if (worker === fresh) end(heavy ? tooHeavy("memory") : cause instanceof Error ? cause : new Error(String(cause)));
    });
    fresh.on("exit", () => {
      if (worker === fresh) end(new Error("the register's thread has ended"));
    });
    fresh.unref();
    return fresh;
  }

  function hear(told: Heard): void {
    const one = waiting.get(told.id);
    waiting.delete(told.id);
    watch();
    if (one === undefined) return;
    if ("result" in told) return one.done(told.result);
    if (told.fault !== undefined) return one.fail(new GateError(told.fault.code, told.fault.message));
    one.fail(new Error(told.bug));
  }

  /** Whoever waits is told; the next question starts another thread. */
  function end(cause: Error): void {
    const ended = worker;
    worker = undefined;
    clearTimeout(late);
    const all = [...waiting.values()];
    waiting.clear();
    if (ended !== undefined) ending = Promise.all([ending, ended.terminate()]);
    for (const one of all) one.fail(cause);
  }

  function watch(): void {
    clearTimeout(late);
    late =
      waiting.size > 0
        ? setTimeout(() => end(tooHeavy("time")), limits.taskMs)
        : setTimeout(() => end(new Error("idle")), limits.idleMs);
    late.unref();
  }

  return {
    ask(name, ...args) {
      worker ??= start();
      const id = ++last;
      const asked = worker;
      return new Promise<never>((done, fail) => {
        waiting.set(id, { done, fail });
        if (waiting.size === 1) watch();
        asked.postMessage({ id, name, args });
        // While somebody waits, it is no reason for the process to end.
        asked.ref();
      }).finally(() => {
        if (waiting.size === 0) asked.unref();
      });
    },
    async close() {
      end(new Error("the gate is closing"));
      await ending;
    },
  };
}

const tooHeavy = (what: "time" | "memory"): GateError =>
  new GateError("REGISTER_TOO_HEAVY", `the task took too much ${what}; nothing was written`);

/** Beside the bundle when built; in dist/ when run from source. */
function registerProgram(): string {
  const candidates = ["register.cjs", "../../dist/register.cjs"].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  );
  return candidates.find((path) => existsSync(path)) ?? candidates[0] ?? "register.cjs";
}
