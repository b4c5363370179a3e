/** The whitelist as the terminals need it: read a slice at a time, so that a decision never waits for it. */
import { entitled, versionOf, type Wanted } from "../core/roster.ts";
import type { AccessLevelId, DeviceId, Wall } from "../core/terms.ts";
import type { Roster } from "../decode/roster.ts";
import type { Clock, ConsentState, Consents, FaceHolder, FaceList, OnHand, Pictures } from "./ports.ts";

const SLICE = 100;
const BETWEEN_MS = 5;

/** Undefined: the list isn't whole, or changed meanwhile. @throws GateError */
export async function readFaces(list: FaceList, clock: Clock): Promise<readonly FaceHolder[] | undefined> {
  const { edition } = list;
  const found: FaceHolder[] = [];
  if (!list.whole) return undefined;
  for (;;) {
    const slice = list.faces(found.at(-1)?.face ?? "", SLICE);
    found.push(...slice);
    if (slice.length < SLICE) return list.whole && list.edition === edition ? found : undefined;
    await breath(clock);
  }
}

/** Lets a decision come between. */
export const breath = (clock: Clock): Promise<void> =>
  new Promise<void>((done) => void clock.wakeAt(clock.at() + BETWEEN_MS, done));

/** Which mark stands for which face. */
export async function markedFaces(
  people: readonly FaceHolder[],
  pictures: Pick<Pictures, "markOf">,
  clock: Clock,
): Promise<ReadonlyMap<string, string>> {
  const faces = new Map<string, string>();
  for (const [i, { face }] of people.entries()) {
    faces.set(pictures.markOf(face), face);
    if (i % SLICE === SLICE - 1) await breath(clock);
  }
  return faces;
}

/**
 * The people whose faces may be in terminals at all: whoever withdrew his consent is none of them, so that his face is taken
 * out everywhere. Whoever never gave one is kept as he is, where one is required. @throws GateError
 */
export function agreedOf(
  people: readonly FaceHolder[],
  consentOf: (face: string) => ConsentState,
  required: boolean,
): readonly FaceHolder[] {
  return people.flatMap((person): readonly FaceHolder[] => {
    const state = isLocal(person.face) ? "recorded" : consentOf(person.face);
    if (state === "withdrawn") return [];
    return state === "none" && required ? [{ ...person, unagreed: true }] : [person];
  });
}

/** The same a slice at a time. @throws GateError */
export async function agreedFaces(
  people: readonly FaceHolder[],
  consents: Consents,
  required: boolean,
  clock: Clock,
): Promise<readonly FaceHolder[]> {
  const agreed: FaceHolder[] = [];
  for (let i = 0; i < people.length; i += SLICE) {
    if (i > 0) await breath(clock);
    agreed.push(...agreedOf(people.slice(i, i + SLICE), consents.consentOf, required));
  }
  return agreed;
}

/** Who would be put into a terminal if a consent were recorded, or is in one without. */
export const unagreedAt = (people: readonly FaceHolder[], wanted: ReadonlyMap<string, Wanted>): readonly string[] =>
  people.flatMap(({ face, unagreed, blocked }) => (unagreed === true && !blocked && wanted.has(face) ? [face] : []));

export interface EnrolTerminal {
  readonly device: DeviceId;
  readonly roster: Roster;
  /** The levels that open any of its access points. */
  readonly levels: ReadonlySet<AccessLevelId>;
}

export interface Times {
  /** Days of grace after the end of a validity, ms: still let in. */
  readonly graceMs: number;
  /** How long after that a face may stay in the terminals. */
  readonly lateMs: number;
}

/** People enrolled at a device itself are known by its own number: they are neither ours to add nor to remove. */
export const isLocal = (face: string): boolean => face.startsWith("local:");

export function wantedAt(
  terminal: EnrolTerminal,
  people: readonly FaceHolder[],
  pictures: ReadonlyMap<string, OnHand>,
  wall: Wall,
  { graceMs, lateMs }: Times,
): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { face, holder, name, blocked, levels, from, until, unagreed } of people) {
    if (isLocal(face) || !terminal.roster.fits(face)) continue;
    const validity = until === undefined ? {} : { until: until + graceMs };
    const right = entitled(
      { blocked, levels, ...(unagreed === undefined ? {} : { unagreed }), ...validity },
      terminal.levels,
      wall,
      lateMs,
    );
    if (right === "none") continue;
    const picture = pictures.get(face)?.picture;
    const times = { ...(from === undefined ? {} : { from }), ...validity };
    wanted.set(face, {
      face,
      holder,
      name,
      ...times,
      version: versionOf({ name, ...times }),
      ...(right === "keep" ? { keep: true as const } : {}),
      ...(picture === undefined ? {} : { picture }),
    });
  }
  return wanted;
}
