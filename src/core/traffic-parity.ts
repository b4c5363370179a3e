/**
 * Faces beside the other ways in, on the same lane: Order 19 of 2025, art. 10, wants faces never to be the only way where
 * another does the job. A car waits for its arm and a person for a door, so lanes are never mixed.
 */
import type { LaneId } from "./terms.ts";
import type { Spent, Way } from "./traffic-terms.ts";
import type { ParityTold, ParityVerdict } from "./traffic-told.ts";

/** What somebody chose or was given; nobody chooses a fire, and what wasn't let in has no way. */
const COMPARED = [
  "face",
  "card",
  "plate",
  "code",
  "pin",
  "guard",
  "remote",
  "button",
] as const satisfies readonly Way[];
/** With fewer waits measured on either side, chance says more than the gate. */
export const LEAST_MEASURED = 20;
/** Nobody notices less: a second, or a fifth of what faces wait. */
const ALIKE_MS = 1_000;
const ALIKE_PART = 0.2;

interface Counted {
  readonly lane: LaneId;
  readonly way: Way;
  readonly count: number;
  readonly waiting: Spent;
}

/** By lane, then by way: those that were used. */
export function parityOf(lanes: readonly LaneId[], counted: readonly Counted[]): readonly ParityTold[] {
  return lanes.flatMap((lane) => {
    const here = COMPARED.map((way) => ({
      lane,
      way,
      ...together(counted.filter((one) => one.lane === lane && one.way === way)),
    })).filter(({ count }) => count > 0);
    const all = here.reduce((sum, { count }) => sum + count, 0);
    return here.map((one): ParityTold => ({ ...one, share: one.count / all }));
  });
}

/** One for each lane that somebody passed by face. */
export function parityVerdicts(told: readonly ParityTold[]): readonly ParityVerdict[] {
  return told
    .filter(({ way }) => way === "face")
    .map(({ lane, waiting: face }): ParityVerdict => {
      const others = together(told.filter((one) => one.lane === lane && one.way !== "face")).waiting;
      if (face.count < LEAST_MEASURED || others.count < LEAST_MEASURED) return { lane, is: "few" };
      const faceMs = face.totalMs / face.count;
      const othersMs = others.totalMs / others.count;
      const alike = Math.abs(othersMs - faceMs) <= Math.max(ALIKE_MS, faceMs * ALIKE_PART);
      return { lane, is: alike ? "alike" : othersMs > faceMs ? "others-longer" : "faces-longer", faceMs, othersMs };
    });
}

const together = (all: readonly Pick<Counted, "count" | "waiting">[]): Pick<Counted, "count" | "waiting"> =>
  all.reduce(
    (sum, { count, waiting }) => ({
      count: sum.count + count,
      waiting: { count: sum.waiting.count + waiting.count, totalMs: sum.waiting.totalMs + waiting.totalMs },
    }),
    { count: 0, waiting: { count: 0, totalMs: 0 } },
  );
