/**
 * The accounts' file while the gate runs: written without a disk sync on the loop, synced off it. What can't be written is
 * told once, and memory goes on: a full disk locks no guard out.
 */
import { GateError } from "../core/fault.ts";
import { openStore, type Store } from "./accounts-store.ts";
import { type Connection, databaseFault } from "./database.ts";
import { openSyncer, type Syncer } from "./journal-sync.ts";

const ROWS_PER_COPY = 500;
const SETTLE_MS = 1_000;

export interface KeptFile {
  readonly store: Store;
  /** False: the disk didn't take it. */
  write(work: (rows: Store) => void): boolean;
  /** On the disk, or a second has gone: a disk that is stuck lets a guard in all the same. */
  settled(): Promise<void>;
  trouble(cause: unknown): void;
  close(): Promise<void>;
}

export function keepFile(db: Connection, file: string, onTrouble: (fault: GateError) => void): KeptFile {
  db.pragma("wal_autocheckpoint = 0");
  const store = openStore(db);
  let told = false;
  let written = 0;
  function trouble(cause: unknown): void {
    const fault = databaseFault(cause, file);
    if (!told) onTrouble(fault);
    told = true;
  }
  /** The log exists from the first write on; without one there is nothing to sync. */
  function begun(): Syncer | undefined {
    try {
      db.exec(`PRAGMA user_version = ${db.pragma("user_version", { simple: true })}`);
    } catch (cause) {
      trouble(cause);
      return undefined;
    }
    written = 1;
    return openSyncer({
      file,
      startSeq: written,
      rowsPerCopy: ROWS_PER_COPY,
      onTrouble: (why) => {
        if (why !== undefined) trouble(new GateError("DATABASE_REFUSED", `${file}: ${why}`));
      },
    });
  }
  let syncer = begun();

  return {
    store,
    trouble,
    write(work) {
      try {
        syncer ??= begun();
        store.together(() => work(store));
        syncer?.written(++written);
        told = false;
        return true;
      } catch (cause) {
        trouble(cause);
        return false;
      }
    },
    settled: () =>
      new Promise((done) => {
        if (syncer === undefined) return done();
        const timer = setTimeout(done, SETTLE_MS);
        syncer.whenDurable(written, () => {
          clearTimeout(timer);
          done();
        });
      }),
    async close() {
      await syncer?.close();
      db.close();
    },
  };
}
