/**
 * Group sync off the loop. Rows are committed to the write-ahead log without a disk sync; one fdatasync of the log at a
 * time, in libuv's thread pool, makes all rows written before it durable, and only then is anybody told. The log is
 * copied into the database by a worker thread with its own connection, which syncs what it copies; the writer never
 * checkpoints. A failed sync is never believed on its second try (the kernel may have dropped the pages and the error):
 * then the worker copies everything into the database file and syncs that, and only its success counts.
 */
import { closeSync, fdatasync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

export interface Syncer {
  /** Rows up to `seq` are in the log. */
  written(seq: number): void;
  whenDurable(seq: number, then: () => void): void;
  readonly durableSeq: number;
  close(): Promise<void>;
}

export interface SyncDeps {
  readonly file: string;
  /** Rows already there at the start: they are synced once before the first word. */
  readonly startSeq: number;
  readonly onTrouble: (why: string | undefined) => void;
  /** After this many rows the worker copies the log into the database. */
  readonly rowsPerCopy: number;
}

const RETRY_MS = 1_000;

export function openSyncer(deps: SyncDeps): Syncer {
  const log = openSync(`${deps.file}-wal`, "r+");
  const waiting: { readonly seq: number; readonly then: () => void }[] = [];
  let writtenSeq = deps.startSeq;
  let durableSeq = 0;
  let copiedSeq = deps.startSeq;
  let syncing = false;
  let copying = false;
  let broken = false;
  let closed = false;
  let worker: Worker | undefined;
  let retry: NodeJS.Timeout | undefined;
  let idle: (() => void) | undefined;

  function reached(seq: number): void {
    durableSeq = Math.max(durableSeq, seq);
    let done = 0;
    while (done < waiting.length && (waiting[done]?.seq ?? 0) <= durableSeq) done++;
    for (const one of waiting.splice(0, done)) one.then();
  }

  function sync(): void {
    if (syncing || broken || closed || durableSeq >= writtenSeq) {
      finish();
      return;
    }
    syncing = true;
    const upTo = writtenSeq;
    fdatasync(log, (error) => {
      syncing = false;
      if (error !== null) {
        broken = true;
        deps.onTrouble(error.message);
        copy();
        finish();
        return;
      }
      reached(upTo);
      if (writtenSeq - copiedSeq >= deps.rowsPerCopy) copy();
      sync();
    });
  }

  /** Copies the log into the database (synchronous=FULL), in the worker. */
  function copy(): void {
    if (copying || closed) return;
    copying = true;
    const upTo = writtenSeq;
    worker ??= openWorker(deps.file, (okay) => {
      copying = false;
      settled(okay);
    });
    pendingUpTo = upTo;
    worker.postMessage(broken ? "all" : "some");
  }

  let pendingUpTo = 0;
  function settled(failure: string | undefined): void {
    copiedSeq = pendingUpTo;
    if (broken && failure === undefined) {
      broken = false;
      deps.onTrouble(undefined);
      reached(pendingUpTo);
      sync();
    } else if (broken) {
      retry = setTimeout(copy, RETRY_MS);
      retry.unref();
    }
    finish();
  }

  function finish(): void {
    if (!syncing && !copying && (durableSeq >= writtenSeq || broken)) idle?.();
  }

  return {
    written(seq) {
      writtenSeq = Math.max(writtenSeq, seq);
      sync();
    },
    whenDurable(seq, then) {
      if (seq <= durableSeq) {
        then();
        return;
      }
      const last = waiting.at(-1);
      if (last === undefined || last.seq <= seq) waiting.push({ seq, then });
      else
        waiting.splice(
          waiting.findIndex((one) => one.seq > seq),
          0,
          { seq, then },
        );
      sync();
    },
    get durableSeq() {
      return durableSeq;
    },
    async close() {
      sync();
      await new Promise<void>((done) => {
        idle = done;
        finish();
      });
      closed = true;
      clearTimeout(retry);
      await worker?.terminate();
      closeSync(log);
    },
  };
}

/** PASSIVE never waits for, or blocks, the writer; after a failed sync TRUNCATE must get through to the end. */
const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const Database = require(workerData.sqlite);
const db = new Database(workerData.file);
db.pragma("busy_timeout = 200");
db.pragma("synchronous = FULL");
parentPort.on("message", (how) => {
  try {
    const [told] = db.pragma(how === "all" ? "wal_checkpoint(FULL)" : "wal_checkpoint(PASSIVE)");
    parentPort.postMessage(how === "all" && (told.busy !== 0 || told.checkpointed < told.log) ? "not all was copied" : undefined);
  } catch (cause) {
    parentPort.postMessage(String(cause));
  }
});
`;

function openWorker(file: string, settled: (failure: string | undefined) => void): Worker {
  const sqlite = createRequire(import.meta.url).resolve("better-sqlite3");
  // It copies pages and holds nothing: it needs no more of the memory than this.
  const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 };
  const worker = new Worker(WORKER, { eval: true, workerData: { file, sqlite }, resourceLimits });
  worker.on("message", (failure: unknown) => settled(typeof failure === "string" ? failure : undefined));
  worker.on("error", (error) => settled(error.message));
  worker.unref();
  return worker;
}
