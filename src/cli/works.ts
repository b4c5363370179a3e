/** The work behind the verbs. `main` provides it; the verbs only read arguments and print results. */

import type { LoadOptions } from "../config/load.ts";
import type { Words } from "../config/problem.ts";
import type { ByteNote } from "../decode/explain.ts";
import type { Finding } from "../decode/load.ts";
import type { Reading } from "../decode/terms.ts";
import type { Row } from "../shell/ports.ts";

export interface DemoOptions {
  /** Absent = the shipped demo.yaml. */
  readonly configPath?: string;
  /** Overrides for the page's and the broker's port; 0 = any free one. */
  readonly pagePort?: number;
  readonly mqttPort?: number;
  /** Of the simulated street; the same seed gives the same day. */
  readonly seed?: number;
  /** Ends by itself after this time, s. */
  readonly forSeconds?: number;
  /** Whether cars and people come by themselves. */
  readonly traffic: boolean;
}

export interface ImportOptions {
  readonly configPath: string;
  readonly file: string;
  /** `false` = dry run: nothing is written. */
  readonly apply: boolean;
  readonly allowRemovals: boolean;
}
export interface ImportChange {
  /** What the clerk knows the row by: name and house number. */
  readonly who: string;
  /** Row of the file, from 1 with the header as 1; absent for what is no longer in it. */
  readonly row?: number;
  /** Old → new, per changed column; for additions and removals what is added or removed. */
  readonly cells: readonly { readonly column: string; readonly from?: string; readonly to?: string }[];
}
export interface ImportComplaint {
  readonly row: number;
  readonly code: string;
  readonly column: string;
  readonly value: string;
  readonly message: Words;
  readonly hint: Words;
}
export interface ImportResult {
  readonly added: readonly ImportChange[];
  readonly changed: readonly ImportChange[];
  /** In the system, not in the file. */
  readonly removed: readonly ImportChange[];
  readonly same: number;
  readonly errors: readonly ImportComplaint[];
  /** How many of the file no gate lets in, for want of an access level. */
  readonly nowhere: number;
  /** `refused` = so many would go that `--allow-removals` is needed. */
  readonly outcome: "dry-run" | "applied" | "has-errors" | "refused";
  /** The whitelist's generation after the import. */
  readonly generation?: number;
}

export interface EraseOptions {
  readonly configPath: string;
  /** The id on the clerk's list. */
  readonly person: string;
  /** `false` = dry run. */
  readonly apply: boolean;
}
export interface EraseResult {
  readonly outcome: "dry-run" | "erased" | "not-found";
  readonly id: string;
  readonly person?: { readonly name: string; readonly household?: string; readonly credentials: number };
  /** That held the person. */
  readonly files: readonly string[];
  /** Set aside after damage; they may still hold the person. */
  readonly aside: readonly string[];
}

export interface DecodeOptions {
  readonly profile: string;
  /** What was heard: text (usually JSON) of a message, or hex bytes of frames. */
  readonly text: string;
  readonly hex: boolean;
  /** Profile parameters as written; numbers are the profile's business. */
  readonly params: Readonly<Record<string, string>>;
  readonly topic?: string;
  readonly configPath?: string;
  /** Run the profile's own samples and its lint instead. */
  readonly samples?: true;
}
export interface DecodeResult {
  readonly readings: readonly Reading[];
  /** Bytes that belonged to no frame. */
  readonly skipped: number;
  /** The first frame that is none, byte by byte. */
  readonly bytes?: readonly ByteNote[];
  /** How many samples were run, and what the lint says. */
  readonly samples?: { readonly count: number; readonly findings: readonly Finding[] };
}

export interface JournalOptions {
  readonly configPath: string;
  /** Rows after this one. */
  readonly since: number;
  /** At most so many, the newest; absent = all. */
  readonly last?: number;
}
export interface JournalVerdict {
  readonly rows: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Hash of the last row, to compare with a checkpoint kept elsewhere. */
  readonly lastHash: string;
  /** Numbers whose rows a damaged disk took, as the journal itself declares. */
  readonly lost: readonly { readonly from: number; readonly to: number }[];
  readonly broken?: { readonly seq: number; readonly why: Words };
}

export interface SimulateOptions {
  readonly profile: string;
  /** Serial path, or mqtt(s)://host:port. */
  readonly link: string;
  readonly count: number;
  readonly everyMs: number;
  readonly values: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  readonly username?: string;
  /** The password stands in this file. */
  readonly passwordFile?: string;
  readonly seed?: number;
}
export interface SimulateResult {
  readonly sent: number;
  /** Acknowledged by the gate, where the protocol has acknowledgements. */
  readonly acknowledged: number;
  /** Commands that the gate gave to the simulated device. */
  readonly commands: number;
}

export interface Works {
  readonly version: string;
  /** For `check`: where profiles are and what a barrier's profile defaults to. */
  readonly loadOptions?: LoadOptions;
  /** Runs until stopped; gives the exit code. */
  start(options: { readonly configPath: string }): Promise<number>;
  demo(options: DemoOptions): Promise<number>;
  importFile(options: ImportOptions): Promise<ImportResult>;
  erase(options: EraseOptions): Promise<EraseResult>;
  decode(options: DecodeOptions): Promise<DecodeResult>;
  verifyJournal(options: { readonly configPath: string }): Promise<JournalVerdict>;
  /** Oldest first. Must open the journal for reading only: the gate may be running. */
  journalRows(options: JournalOptions): AsyncIterable<Row>;
  simulate(options: SimulateOptions, tell: (progress: Words) => void): Promise<SimulateResult>;
}
