/** The workshop: what the technician's page shows of the machine itself, and takes home. Types only; `main-workshop` is it. */
import type { Author } from "../core/terms.ts";
import type { Sentence } from "./desk.ts";

export interface ConfigFinding {
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
  readonly code: string;
  /** `lanes.0.outputs`; empty = the whole file. */
  readonly path: string;
  readonly message: Sentence;
  readonly hint: Sentence;
}

export interface ConfigShown {
  readonly file: string;
  /** As it was read at the start, with anything secret taken out. */
  readonly text: string;
  readonly findings: readonly ConfigFinding[];
  /** Lies ready to be put in force by a person with a shell. */
  readonly offered?: { readonly file: string; readonly wallMs: number };
  /** The last one with which this gate was ready for a minute. */
  readonly good?: { readonly file: string; readonly wallMs: number; readonly same: boolean };
  /** What to type to put the offered one in force, and to go back. */
  readonly apply: readonly string[];
  readonly back: readonly string[];
}

export interface ConfigChecked {
  readonly sound: boolean;
  readonly findings: readonly ConfigFinding[];
}

export interface AboutGate {
  readonly version: string;
  readonly node: string;
  readonly system: string;
  readonly machine: string;
  readonly dataDir: string;
  /** Bytes. */
  readonly freeBytes?: number;
  readonly credentials: number;
  /** SHA-256 of the page's own authority; absent = the page is in the clear, or has a certificate of the site's. */
  readonly fingerprint?: string;
  readonly accounts: readonly { readonly who: string; readonly role: string; readonly disabled: boolean }[];
}

/** A file made for this asking; gone from here once it was read to its end or left. */
export interface Parcel {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface Workshop {
  config(): ConfigShown;
  /** As it would be at the next start. Nothing is stored. */
  check(text: string): ConfigChecked;
  /** Checked, and laid beside the one in force if it is sound. Never put in force by itself. @throws GateError */
  offer(text: string, by: Author): Promise<ConfigChecked>;
  /** The newest lines of this start, oldest first, redacted as they were written. */
  log(): readonly string[];
  about(): Promise<AboutGate>;
  /** Absent = this program can't call itself (a test, a REPL). @throws GateError */
  readonly bundle?: () => Promise<Parcel>;
  readonly backup?: (passphrase: string) => Promise<Parcel>;
}
