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

interface Task {
  readonly id: number;
  readonly name: TaskName;
  readonly args: readonly unknown[];
  readonly done: (result: never) => void;
  readonly fail: (cause: Error) => void;
}

/** @param place absent = files are read and no list is opened */
export function openRegisterThread(place?: RegisterPlace, limits: ThreadLimits = LIMITS): RegisterThread {
  const program = registerProgram();
  /** In the order they were asked; the first is being done. Handed over one by one, so that what ends a thread ends one task. */
  let tasks: Task[] = [];
  let worker: Worker | undefined;
  let last = 0;
  let late: NodeJS.Timeout | undefined;
  let ending: Promise<unknown> = Promise.resolve();
  let closed = false;

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
    const [one] = tasks;
    // What a thread that was ended still says is about no task any more.
    if (one === undefined || one.id !== told.id) return;
    tasks = tasks.slice(1);
    next();
    if ("result" in told) return one.done(told.result);
    if (told.fault !== undefined) return one.fail(new GateError(told.fault.code, told.fault.message));
    one.fail(new Error(told.bug));
  }

  /** Whoever's task it was is told; another thread goes on with the next. */
  function end(cause: Error): void {
    const ended = worker;
    worker = undefined;
    const [one] = tasks;
    tasks = tasks.slice(1);
    if (ended !== undefined) ending = Promise.all([ending, ended.terminate()]);
    next();
    one?.fail(cause);
  }

  function next(): void {
    clearTimeout(late);
    const [one] = tasks;
    if (one === undefined) {
      worker?.unref();
      late = worker === undefined ? undefined : setTimeout(() => end(new Error("idle")), limits.idleMs);
    } else {
      worker ??= start();
      worker.postMessage({ id: one.id, name: one.name, args: one.args });
      // While somebody waits, it is no reason for the process to end.
      worker.ref();
      late = setTimeout(() => end(tooHeavy("time")), limits.taskMs);
    }
    late?.unref();
  }

  return {
    ask(name, ...args) {
      return new Promise<never>((done, fail) => {
        if (closed) return fail(new Error("the gate is closing"));
        tasks = [...tasks, { id: ++last, name, args, done, fail }];
        if (tasks.length === 1) next();
      });
    },
    async close() {
      closed = true;
      const waiting = tasks.slice(1);
      tasks = tasks.slice(0, 1);
      end(new Error("the gate is closing"));
      for (const one of waiting) one.fail(new Error("the gate is closing"));
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
