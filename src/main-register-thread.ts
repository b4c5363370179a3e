/**
 * The register's thread: one task after the other, and each is answered. It has its own heap with a limit, so that a file
 * which outgrows it ends this thread and nothing else. Built as dist/register.cjs.
 */
import { parentPort, workerData } from "node:worker_threads";
import { readBook } from "./adapters/import-book.ts";
import type { Outcome, RegisterPlace, Task, WholeDesk } from "./adapters/register-word.ts";
import { GateError } from "./core/fault.ts";
import { registerAt } from "./main-register.ts";

const place: RegisterPlace | undefined = workerData;
let desk: WholeDesk | undefined;

function deskThere(): WholeDesk {
  if (place === undefined) throw new Error("the register has no place");
  desk ??= registerAt(place);
  return desk;
}

async function told({ id, name, args }: Task): Promise<Outcome> {
  try {
    const act: (...given: readonly never[]) => unknown = name === "sheet" ? readBook : deskThere()[name];
    return { id, result: await act(...args) };
  } catch (cause) {
    if (cause instanceof GateError) return { id, fault: { code: cause.code, message: cause.message } };
    return { id, bug: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
  }
}

let before: Promise<void> = Promise.resolve();
parentPort?.on("message", (task: Task) => {
  before = before.then(async () => parentPort?.postMessage(await told(task)));
});
