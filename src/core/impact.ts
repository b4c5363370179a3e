/**
 * The record of a personal information protection impact assessment (个人信息保护影响评估; PIPL arts. 55–56, Order 19 of
 * 2025, art. 9): what the gate knows and fills in, what only people can say, and which facts must be looked at anew.
 */
import { filing } from "./face-filing.ts";
import type { Right, Role } from "./roles.ts";
import type { ParityVerdict } from "./traffic-told.ts";

/** What is stored of people, as it is counted. `left`: no longer on the clerk's file, kept for the journal. */
export const HELD = [
  "people",
  "left",
  "households",
  "phoneEnds",
  "plates",
  "cards",
  "faces",
  "pictures",
  "pins",
  "codes",
  "visitors",
  "barred",
  "consents",
  "rows",
] as const;
export type Held = Readonly<Record<(typeof HELD)[number], number>>;

/** People with a face on the list; faces withdrawn since the beginning. */
export interface FacesHeld {
  readonly people: number;
  /** A consent stands for each of their faces. */
  readonly agreed: number;
  readonly withdrawn: number;
  /** Faces in use on a guardian's word: of people under 14. */
  readonly guarded: number;
  /** Of the people: who has a card, a plate, a code or a PIN as well. */
  readonly otherWay: number;
}

/** What goes to somebody else. */
export const LEAVING = ["pseudonyms", "plates", "persons", "faces", "states"] as const;
export interface Leaving {
  readonly to: "platform" | "stick" | "viid" | "home" | "gates";
  /** Host and port; empty = no line. */
  readonly address: string;
  readonly encrypted: boolean;
  readonly what: readonly (typeof LEAVING)[number][];
  /** As recorded in the configuration; empty = none. */
  readonly ground: string;
}

export const MEASURES = [
  "page-tls",
  "devices-tls",
  "lines-tls",
  "accounts",
  "one-time-codes",
  "consent",
  "no-features",
  "rows-sealed",
  "list-sealed",
  "chain",
  "backups-sealed",
] as const;
/** `unused`: there is nothing here for it to protect. */
export type Measure = "on" | "off" | "unused";

export interface ImpactFacts {
  readonly site: string;
  readonly gate: string;
  readonly simulation: boolean;
  /** Of the readers that state one; without it a face reader doesn't start. */
  readonly purposes: readonly { readonly device: string; readonly purpose: string }[];
  readonly held: Held;
  readonly faces: FacesHeld;
  /** Terminals that our list of faces is carried out in, and how many each holds for sure. */
  readonly terminals: readonly { readonly device: string; readonly faces: number }[];
  /** Access points whose readers take faces and nothing else. */
  readonly facesAlone: readonly string[];
  readonly parity: {
    /** Days, `YYYY-MM-DD`, both included. */
    readonly from: string;
    readonly to: string;
    readonly lanes: readonly {
      readonly lane: string;
      readonly faces: number;
      readonly others: number;
      readonly is: ParityVerdict["is"];
      /** Mean wait; null = too few measured. */
      readonly faceMs: number | null;
      readonly othersMs: number | null;
    }[];
  };
  /** Days, by what is kept; `keepPictures` is 1 or 0; `snapshotSeconds` = how long what a terminal sends is shown. */
  readonly kept: Readonly<
    Record<
      "strangerDays" | "usedEventDays" | "graceDays" | "lateDays" | "pictureDays" | "keepPictures" | "snapshotSeconds",
      number
    >
  >;
  readonly roles: readonly {
    readonly role: Role;
    /** In use. */
    readonly accounts: number;
    /** Of them, with a one-time code. */
    readonly codes: number;
    readonly rights: readonly Right[];
  }[];
  readonly leaves: readonly Leaving[];
  readonly measures: Readonly<Record<(typeof MEASURES)[number], Measure>>;
}

/** What only people can say. No resident's name belongs into it. */
export const BLANKS = ["necessity", "impact", "measures", "conclusion", "assessors"] as const;
export type ImpactWords = Readonly<Record<(typeof BLANKS)[number], string>>;

/** Whether it can be signed: nothing that people have to say is missing. */
export const isFinished = (words: ImpactWords): boolean => BLANKS.every((blank) => words[blank].trim() !== "");

/** The facts that an assessment stands on. */
export const STANDS_ON = [
  "purposes",
  "kinds",
  "leaving",
  "measures",
  "retention",
  "access",
  "terminals",
  "facesAlone",
  "waits",
  "minors",
  "filing",
] as const;
export type StandsOn = (typeof STANDS_ON)[number];

/** What comes and goes with the day's work is no new kind. */
const PASSING: ReadonlySet<string> = new Set(["left", "pictures", "consents", "rows"]);

/** Each fact as marks: a mark that the signed record hadn't is a change; what has ended needs no new look. */
const MARKS: Readonly<Record<StandsOn, (facts: ImpactFacts) => readonly string[]>> = {
  purposes: ({ purposes }) => purposes.map(({ device, purpose }) => `${device} ${purpose}`),
  kinds: ({ held }) => HELD.filter((kind) => held[kind] > 0 && !PASSING.has(kind)),
  leaving: ({ leaves }) =>
    leaves.flatMap(({ to, address, encrypted, what, ground }) => [
      ...what.map((kind) => `${to} ${address} ${kind} ${ground}`),
      ...(encrypted ? [] : [`${to} ${address} in the clear`]),
    ]),
  measures: ({ measures }) => MEASURES.filter((measure) => measures[measure] === "off"),
  retention: ({ kept }) => Object.entries(kept).map(([what, days]) => `${what} ${days}`),
  access: ({ roles }) => roles.flatMap(({ role, rights }) => rights.map((right) => `${role} ${right}`)),
  terminals: ({ terminals }) => terminals.map(({ device }) => device),
  facesAlone: ({ facesAlone }) => facesAlone,
  waits: ({ parity }) => parity.lanes.filter(({ is }) => is === "others-longer").map(({ lane }) => lane),
  minors: ({ faces }) => (faces.guarded > 0 ? ["under 14"] : []),
  filing: ({ faces }) => (filing(faces.people) === "below" ? [] : [filing(faces.people)]),
};

/** What is so now and wasn't when the record was signed, in the order of `STANDS_ON`. */
export function changedFacts(signed: ImpactFacts, now: ImpactFacts): readonly StandsOn[] {
  return STANDS_ON.filter((fact) => {
    const known = new Set(MARKS[fact](signed));
    return MARKS[fact](now).some((mark) => !known.has(mark));
  });
}

/** All that an assessment stands on in one text: the same text, the same facts. Counts may differ. */
export const standing = (facts: ImpactFacts): string =>
  JSON.stringify(STANDS_ON.map((fact) => [...MARKS[fact](facts)].sort()));

/** Whether people must look again: before the first record is signed, and when a fact has changed since the last one was. */
export type Due =
  | { readonly is: "never-signed" }
  | { readonly is: "changed"; readonly facts: readonly StandsOn[] }
  | { readonly is: "no" };

export function dueOf(signed: ImpactFacts | undefined, now: ImpactFacts): Due {
  if (signed === undefined) return { is: "never-signed" };
  const facts = changedFacts(signed, now);
  return facts.length === 0 ? { is: "no" } : { is: "changed", facts };
}

/** For at least so long a record is kept (PIPL art. 56); here none is ever deleted. */
export const KEPT_YEARS = 3;

/** The last moment of the least time that a record of `wallMs` is kept, wall ms. */
export function keptUntil(wallMs: number): number {
  const day = new Date(wallMs);
  return day.setUTCFullYear(day.getUTCFullYear() + KEPT_YEARS);
}
