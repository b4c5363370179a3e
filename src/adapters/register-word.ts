/** What is said between the gate and the register's thread. */
import type { FaultCode } from "../core/fault.ts";
import type { Assessments } from "./register-assessments.ts";
import type { Counted } from "./register-counts.ts";
import type { CountyDesk } from "./register-county.ts";
import type { RegisterDesk } from "./register-desk.ts";
import type { RulesDesk } from "./register-rules.ts";

export interface RegisterPlace {
  readonly dataDir: string;
  /** Access levels of the configuration. */
  readonly levels: readonly string[];
  readonly graceDays: number;
  /** Where the site's entrances share who is inside: the site's id and the key that names are made with. */
  readonly sharing?: { readonly site: string; readonly secret: string };
}

/** The records of impact assessments, and what is counted for them. */
export interface ImpactDesk extends Omit<Assessments, "close"> {
  counts(): Counted;
}

/** The clerk's desk, the county's and the assessments', one behind the other, and what is kept beside the people. */
export type WholeDesk = RegisterDesk & CountyDesk & ImpactDesk & RulesDesk;

/** `sheet` reads a file and needs no list. */
export type TaskName = Exclude<keyof WholeDesk, "close"> | "sheet";

/** Both ends are compiled together and nobody else has this line: what one sends is what the other expects. */
export interface Task {
  readonly id: number;
  readonly name: TaskName;
  readonly args: readonly never[];
}
export interface Failed {
  readonly id: number;
  readonly fault?: { readonly code: FaultCode; readonly message: string };
  /** Our own. */
  readonly bug?: string;
}
/** As sent. */
export type Outcome = Failed | { readonly id: number; readonly result: unknown };
/** As heard. */
export type Heard = Failed | { readonly id: number; readonly result: never };
