/**
 * Looks at the whole chain while the gate works: a few rows at a time, on a connection of its own, with pauses that leave
 * the thread to whoever stands at the gate. Once after the start and then every day.
 */
import Database from "better-sqlite3";
import type { GateError } from "../core/fault.ts";
import { databaseFault } from "./database.ts";
import { openVerifier, type Verified, type Verifier } from "./journal-chain.ts";
import { readMark } from "./journal-mark.ts";

export interface ChainWatch {
  close(): void;
}

export interface ChainWatchDeps {
  readonly file: string;
  /** A look is over; absent `bad` = the chain is whole. */
  readonly tell: (told: Verified) => void;
  /** It couldn't be read this time; the next look tries again. */
  readonly onFault: (fault: GateError) => void;
  /** Rows of one slice: some 10 µs each. */
  readonly rowsPerSlice?: number;
  readonly pauseMs?: number;
  readonly everyMs?: number;
}

const DAY_MS = 86_400_000;

export function watchChain(deps: ChainWatchDeps): ChainWatch {
  const { rowsPerSlice = 20, pauseMs = 50, everyMs = DAY_MS } = deps;
  let db: Database.Database | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function after(ms: number, then: () => void): void {
    if (closed) return;
    timer = setTimeout(then, ms);
    timer.unref();
  }

  function guarded(slice: () => void): void {
    try {
      slice();
    } catch (cause) {
      letGo();
      after(everyMs, begin);
      deps.onFault(databaseFault(cause, deps.file));
    }
  }

  function letGo(): void {
    db?.close();
    db = undefined;
  }

  function begin(): void {
    guarded(() => {
      db = new Database(deps.file, { readonly: true, fileMustExist: true });
      const verifier = openVerifier(db, readMark(deps.file));
      after(pauseMs, () => goOn(verifier));
    });
  }

  function goOn(verifier: Verifier): void {
    guarded(() => {
      if (verifier.next(rowsPerSlice)) {
        after(pauseMs, () => goOn(verifier));
        return;
      }
      const told = verifier.verdict();
      letGo();
      after(everyMs, begin);
      deps.tell(told);
    });
  }

  after(pauseMs, begin);
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      letGo();
    },
  };
}
