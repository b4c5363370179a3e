/** The work behind the verbs. `main` provides it; the verbs only read arguments and print results. */

import type { Agreement } from "../adapters/consents.ts";
import type { Change } from "../config/difference.ts";
import type { LoadOptions } from "../config/load.ts";
import type { ConfigError, Words } from "../config/problem.ts";
import type { Role } from "../core/roles.ts";
import type { ByteNote } from "../decode/explain.ts";
import type { Finding } from "../decode/load.ts";
import type { Match } from "../decode/recognise.ts";
import type { Reading } from "../decode/terms.ts";
import type { CarriedTold } from "../main-carry.ts";
import type { Row } from "../shell/ports.ts";
import type { Complete } from "../uplink/complete.ts";
import type { DoctorFinding } from "./doctor-table.ts";

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

export type AccountsDeed = "list" | "add" | "disable" | "enable" | "reset" | "setup-code";

export interface AccountsOptions {
  readonly configPath: string;
  readonly deed: AccountsDeed;
  readonly name?: string;
  readonly role?: Role;
  readonly who?: string;
  /** Absent = one is made. */
  readonly secret?: string;
}

export interface AccountsResult {
  readonly accounts: readonly {
    readonly name: string;
    readonly who: string;
    readonly role: Role;
    readonly disabled: boolean;
    readonly secret: "password" | "pin";
    readonly totp: boolean;
  }[];
  /** One that was made, shown once. */
  readonly secret?: string;
  readonly setupCode?: string;
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
  /** Its id, or its file. */
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

export interface EnrolOptions {
  readonly configPath: string;
  /** One face with its picture or what it agreed to; a folder of pictures named by face id; or a consent taken back. */
  readonly from:
    | { readonly face: string; readonly picture?: string; readonly agreement?: Agreement }
    | { readonly folder: string }
    | { readonly withdraw: string; readonly takenBy: string };
}
export interface EnrolResult {
  /** Face ids whose picture is on its way. */
  readonly taken: readonly string[];
  readonly refused: readonly { readonly file: string; readonly why: Words }[];
  /** A consent was written down, or taken back. */
  readonly consent?: "recorded" | "withdrawn";
}

/** One terminal that our list is carried out in. */
export interface TerminalTold {
  readonly device: string;
  readonly holds: number;
  /** Sent, and nobody knows what became of it. */
  readonly uncertain: number;
  readonly owes: { readonly add: number; readonly change: number; readonly remove: number };
  /** Owed additions that wait for a picture, and those that the terminal refused. */
  readonly lacking: readonly string[];
  readonly refused: readonly { readonly face: string; readonly code: string; readonly why: Words }[];
  /** Face ids that it holds and shouldn't. */
  readonly shouldNotHold: readonly string[];
  /** Kept as they are: no consent is recorded. */
  readonly unagreed: readonly string[];
  /** People enrolled at the terminal itself: they can be removed only there. */
  readonly others: number;
  readonly last?: { readonly face: string; readonly is: string; readonly wallMs: number };
  /** When it last said whom it holds. */
  readonly listedMs?: number;
}

export interface SimulateOptions {
  /** Its id, or its file. */
  readonly profile: string;
  /** Whose profilesDir counts too. */
  readonly configPath?: string;
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
  /** Samples with the time of now, so that they may open. */
  readonly now?: true;
}
export interface SimulateResult {
  readonly sent: number;
  /** Acknowledged by the gate, where the protocol has acknowledgements. */
  readonly acknowledged: number;
  /** Commands that the gate gave to the simulated device. */
  readonly commands: number;
}

export interface ComsetOptions {
  /** Its address now, and the rate it is spoken to at. */
  readonly from: number;
  readonly atBaud: number;
  readonly address: number;
  readonly baud: number;
}
export interface ComsetResult extends ComsetOptions {
  readonly path: string;
  readonly is: "set" | "refused" | "silent";
  readonly why?: string;
}

export interface DevicesOptions {
  /** Serial paths, `mqtt(s)://host:port`, or `broker` = the configuration's. None = only what is there. */
  readonly links: readonly string[];
  readonly forMs: number;
  /** Absent = those that profiles name. */
  readonly bauds: readonly number[];
  /** Send the profiles' own polls. */
  readonly ask: boolean;
  /** Sets one OSDP reader on the one link; nothing is listened to then. */
  readonly comset?: ComsetOptions;
  readonly configPath?: string;
  readonly username?: string;
  readonly passwordFile?: string;
}
export interface PortFound {
  readonly path: string;
  /** The names that stay the same: /dev/serial/by-id/… */
  readonly names: readonly string[];
  readonly about?: string;
  /** Devices of the configuration on it. */
  readonly devices: readonly string[];
}
export interface LineHeard {
  readonly path: string;
  readonly baud: number;
  /** `8N1` */
  readonly form: string;
  readonly bytes: number;
  /** What was sent, `--ask` alone: profile and command. */
  readonly asked: readonly string[];
  readonly matches: readonly Match[];
  /** The first bytes in hex, where no profile fits. */
  readonly first?: string;
}
export interface TopicHeard {
  readonly topic: string;
  readonly messages: number;
  readonly bytes: number;
  readonly retained: number;
  readonly matches: readonly Match[];
}
export interface BrokerHeard {
  readonly url: string;
  /** Devices whose client came with its own credential (our own broker), or how many the broker says there are. */
  readonly clients: readonly string[];
  readonly connected?: number;
  /** Logins and topics that aren't the client's own. */
  readonly refused: readonly string[];
  readonly topics: readonly TopicHeard[];
  /** There were more topics than are kept. */
  readonly more: boolean;
}
export interface DevicesResult {
  readonly ports: readonly PortFound[];
  readonly lines: readonly LineHeard[];
  readonly brokers: readonly BrokerHeard[];
  readonly comset?: ComsetResult;
}

export interface CarryExported {
  readonly folder: string;
  /** Parts made now, and parts that were whole there already. */
  readonly written: number;
  readonly skipped: number;
  /** Messages in the parts made now. */
  readonly records: number;
  readonly quarters: number;
  /** The newest row of the journal that was looked at. */
  readonly lastSeq: number;
}
export interface CarryImported {
  /** `told` absent: the gate has not looked yet. */
  readonly files: readonly { readonly file: string; readonly told?: CarriedTold }[];
}
export interface CarryReadOptions {
  readonly folder: string;
  /** The platform's private keys (PEM), the gate's public ones. */
  readonly keys: string;
  readonly gate: string;
  /** Folder for a file of receipts. */
  readonly receipts?: string;
}
export interface CarryRead extends Complete {
  /** One message each, `{"on":…,"message":…}`. */
  readonly lines: readonly string[];
  readonly damaged: readonly { readonly file: string; readonly code: string; readonly message: string }[];
}

export interface BackupOptions {
  readonly configPath: string;
  readonly file: string;
  /** Absent = it is asked for. */
  readonly passphraseFile?: string;
}
export interface BackupResult {
  readonly file: string;
  readonly bytes: number;
  /** What is in it, by path. */
  readonly files: readonly string[];
  /** Rows of the journal, verified on the copy. */
  readonly rows: number;
  /** Named by gate.yaml, not below its folder: not in it. */
  readonly outside: readonly string[];
}
export interface RestoreResult {
  /** Where everything is now. */
  readonly config: string;
  readonly dataDir: string;
  readonly files: readonly string[];
  readonly rows: number;
  /** What was there before, under its new name. */
  readonly aside: readonly string[];
}

export interface ConfigStatus {
  readonly file: string;
  readonly fileSha256?: string;
  /** `in-force`: gate.yaml is what the gate works by. `other`: it was changed since the start. `not-told`: an older version runs. */
  readonly is: "in-force" | "other" | "stands-in" | "not-running" | "not-told";
  /** The file that holds what the gate works by, or would start by. Absent = none here. */
  readonly inForce?: string;
  /** Of what it works by. */
  readonly sha256?: string;
  readonly ready?: boolean;
  readonly why?: readonly string[];
  /** Handed in by the county or the technician's page. */
  readonly offered?: string;
}
export interface ConfigDiffed {
  readonly file: string;
  /** The file that holds what is in force; absent = not known, all of it is new. */
  readonly base?: string;
  /** With errors nothing is compared. */
  readonly errors: readonly ConfigError[];
  readonly warnings: readonly ConfigError[];
  readonly changes: readonly Change[];
}
export interface ConfigApplyOptions {
  readonly configPath: string;
  /** Absent = the one that was handed in. */
  readonly file?: string;
  /** The one before instead. */
  readonly back?: true;
  /** systemd's; absent = gatepost, where the configuration is the usual one. */
  readonly unit?: string;
  readonly waitS: number;
}
export interface ConfigApplied extends ConfigDiffed {
  /** `laid`: in its place, and no service restarts it. `stuck`: not in force, and nothing to go back to. */
  readonly outcome: "errors" | "same" | "declined" | "laid" | "in-force" | "put-back" | "stuck";
  /** Why it isn't in force, or, in force, why the gate isn't ready. */
  readonly why?: readonly string[];
  /** `put-back`: the gate works by the one of before again. */
  readonly isBack?: boolean;
  /** `laid`: a gate runs, by something else than systemd. */
  readonly runs?: boolean;
}

export interface BundleOptions {
  readonly configPath: string;
  readonly file: string;
}
export interface BundleResult {
  readonly file: string;
  readonly files: readonly string[];
}

export interface DoctorReport {
  readonly version: string;
  readonly parts: readonly DoctorPart[];
}
export interface DoctorPart {
  /** `power`, `clock`, …: for scripts. */
  readonly part: string;
  readonly title: Words;
  /** What was seen, in a word or a figure. */
  readonly says?: string;
  readonly findings: readonly DoctorFinding[];
}

export interface Works {
  readonly version: string;
  /** For `check`: where profiles are and what a barrier's profile defaults to. */
  readonly loadOptions?: LoadOptions;
  /** Runs until stopped; gives the exit code. */
  start(options: { readonly configPath: string }): Promise<number>;
  demo(options: DemoOptions): Promise<number>;
  importFile(options: ImportOptions): Promise<ImportResult>;
  /** The names of the columns, then a row for each person; codes masked. */
  exportList(options: { readonly configPath: string }): Promise<readonly (readonly string[])[]>;
  erase(options: EraseOptions): Promise<EraseResult>;
  decode(options: DecodeOptions): Promise<DecodeResult>;
  verifyJournal(options: { readonly configPath: string }): Promise<JournalVerdict>;
  /** Beside a running gate too: it follows within a second. */
  accounts(options: AccountsOptions): Promise<AccountsResult>;
  doctor(options: { readonly configPath: string }): Promise<DoctorReport>;
  configStatus(options: { readonly configPath: string }): Promise<ConfigStatus>;
  /** @param options `file` absent = the one that was handed in */
  configDiff(options: { readonly configPath: string; readonly file?: string }): Promise<ConfigDiffed>;
  /** Changes nothing before `agree` says so. */
  configApply(options: ConfigApplyOptions, agree: (told: ConfigDiffed) => Promise<boolean>): Promise<ConfigApplied>;
  bundle(options: BundleOptions): Promise<BundleResult>;
  carryExport(options: { readonly configPath: string; readonly folder: string }): Promise<CarryExported>;
  carryImport(options: { readonly configPath: string; readonly from: string }): Promise<CarryImported>;
  carryKeys(options: {
    readonly configPath: string;
  }): Promise<{ readonly site: string; readonly gate: string; readonly pem: string }>;
  carryRead(options: CarryReadOptions): Promise<CarryRead>;
  backup(options: BackupOptions): Promise<BackupResult>;
  /** Refuses while a gate runs; a file that can't be believed changes nothing. */
  restore(options: BackupOptions): Promise<RestoreResult>;
  /** Oldest first. Must open the journal for reading only: the gate may be running. */
  journalRows(options: JournalOptions): AsyncIterable<Row>;
  /** The site's time zone, for times that people read. */
  siteZone(options: { readonly configPath: string }): Promise<string>;
  enrol(options: EnrolOptions): Promise<EnrolResult>;
  terminals(options: { readonly configPath: string }): Promise<readonly TerminalTold[]>;
  simulate(options: SimulateOptions, tell: (progress: Words) => void): Promise<SimulateResult>;
  devices(options: DevicesOptions, tell: (progress: Words) => void): Promise<DevicesResult>;
}
