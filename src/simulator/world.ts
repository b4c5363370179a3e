/**
 * The physics of a simulated lane: an arm that travels, cars with a length, a door with a spring. Pure and told the
 * time. It knows relays and contacts only: what gatepost thinks of them is none of its business.
 */
import type { Direction, InputRole, LaneKind } from "../core/terms.ts";

/** Metres along the way of travel: the arm stands at 0, the outer side is negative. */
const ZONES: Readonly<Partial<Record<InputRole, readonly [number, number]>>> = {
  "loop-outer": [-3.5, -1.6],
  "safety-loop": [-1, 1.2],
  photocell: [-0.1, 0.1],
  radar: [-1, 1],
  "loop-inner": [1.8, 3.6],
};
const STOP_LINE_M = 2;
const CAR_M_PER_S = 3;
const START_M = 16;
/** A driver waits this long for an arm, then backs off. */
const PATIENCE_MS = 25_000;
const DOOR_SWING_MS = 2_500;

export interface Car {
  readonly id: number;
  readonly direction: Direction;
  readonly lengthM: number;
  /** Distance the front has come from its start. */
  readonly gone: number;
  readonly waitedMs: number;
  readonly leaving: boolean;
}

export interface LaneWorld {
  readonly kind: LaneKind;
  /** 0 = down/shut, 1 = up/unlocked. */
  readonly arm: number;
  readonly motion: "still" | "up" | "down";
  readonly travelMs: number;
  readonly cars: readonly Car[];
  /** A walker pulls the unlocked door, or somebody props the iron gate: open for this much longer. */
  readonly doorOpenMs: number;
  readonly unlockedMs: number;
  /** A person stands at the door and goes through as soon as it unlocks. */
  readonly walkersWaiting: number;
  readonly broken: ReadonlySet<InputRole>;
}

export const laneWorld = (kind: LaneKind, travelMs: number): LaneWorld => ({
  kind,
  arm: 0,
  motion: "still",
  travelMs,
  cars: [],
  doorOpenMs: 0,
  unlockedMs: 0,
  walkersWaiting: 0,
  broken: new Set(),
});

/** A relay contact of the operator closed: it starts moving (a real operator needs only the pulse's beginning). */
export function relayed(world: LaneWorld, command: "open" | "close" | "stop"): LaneWorld {
  if (world.kind === "pedestrian") return command === "open" ? { ...world, unlockedMs: 5_000 } : world;
  if (world.kind === "monitored") return world;
  switch (command) {
    case "open":
      return { ...world, motion: world.arm < 1 ? "up" : "still" };
    case "close":
      return { ...world, motion: world.arm > 0 ? "down" : "still" };
    case "stop":
      return { ...world, motion: "still" };
  }
}

let nextCar = 1;
export function arrive(world: LaneWorld, direction: Direction): LaneWorld {
  const car: Car = { id: nextCar++, direction, lengthM: 4.6, gone: 0, waitedMs: 0, leaving: false };
  return { ...world, cars: [...world.cars, car] };
}

export function walkUp(world: LaneWorld): LaneWorld {
  return { ...world, walkersWaiting: world.walkersWaiting + 1 };
}

/** Somebody opens the iron gate by hand for `ms`. */
export function pull(world: LaneWorld, ms: number): LaneWorld {
  return { ...world, doorOpenMs: ms };
}

/** Where the front and the rear of a car are, on the axis of the lane (outer negative). */
function span(car: Car): readonly [number, number] {
  const front = car.gone - START_M;
  const rear = front - car.lengthM;
  return car.direction === "in" ? [rear, front] : [-front, -rear];
}

/** A car stands at the stop line and wants to be let through. */
export function waiting(world: LaneWorld): Car | undefined {
  return world.cars.find((car) => !car.leaving && car.waitedMs > 0 && car.gone <= START_M - STOP_LINE_M);
}

export function passedAll(world: LaneWorld): boolean {
  return world.cars.length === 0;
}

/** The world `ms` later. */
export function after(world: LaneWorld, ms: number): LaneWorld {
  const armStep = ms / world.travelMs;
  const arm =
    world.motion === "up"
      ? Math.min(1, world.arm + armStep)
      : world.motion === "down"
        ? Math.max(0, world.arm - armStep)
        : world.arm;
  const unlockedMs = Math.max(0, world.unlockedMs - ms);
  const walks = world.kind === "pedestrian" && unlockedMs > 0 && world.doorOpenMs <= 0 && world.walkersWaiting > 0;
  const cars = drive(world.cars, arm, ms);
  return {
    ...world,
    arm,
    motion: arm === 0 || arm === 1 ? "still" : world.motion,
    cars,
    unlockedMs: walks ? 0 : unlockedMs,
    doorOpenMs: walks ? DOOR_SWING_MS : Math.max(0, world.doorOpenMs - ms),
    walkersWaiting: walks ? world.walkersWaiting - 1 : world.walkersWaiting,
  };
}

function drive(cars: readonly Car[], arm: number, ms: number): readonly Car[] {
  const moved: Car[] = [];
  for (const car of cars) {
    const ahead = moved.at(-1);
    const line = START_M - STOP_LINE_M;
    // Behind another car, 1.5 m off; before a lowered arm, at the line; once over the line it goes on.
    const limit = Math.min(
      ahead === undefined ? Number.POSITIVE_INFINITY : ahead.gone - ahead.lengthM - 1.5,
      car.gone <= line && arm < 0.9 ? line : Number.POSITIVE_INFINITY,
    );
    const gone = car.leaving
      ? car.gone - (CAR_M_PER_S * ms) / 1000
      : Math.max(car.gone, Math.min(limit, car.gone + (CAR_M_PER_S * ms) / 1000));
    const waitedMs = gone === car.gone ? car.waitedMs + ms : car.waitedMs;
    const next = { ...car, gone, waitedMs, leaving: car.leaving || (waitedMs > PATIENCE_MS && gone <= line) };
    if (gone < 2 * START_M + car.lengthM && !(next.leaving && gone <= 0)) moved.push(next);
  }
  return moved;
}

/** What the contact of this role tells: true = made (a limit reached, a loop occupied, a door open). */
export function made(world: LaneWorld, role: InputRole): boolean {
  switch (role) {
    case "limit-closed":
      return world.arm === 0;
    case "limit-open":
      return world.arm === 1;
    case "door-contact":
      return world.doorOpenMs > 0;
    case "request-to-exit":
    case "fire":
    case "stop":
      return false;
    case "loop-outer":
    case "loop-inner":
    case "safety-loop":
    case "photocell":
    case "radar": {
      if (world.broken.has(role)) return true;
      const zone = ZONES[role];
      if (zone === undefined) return false;
      return world.cars.some((car) => {
        const [rear, front] = span(car);
        return front > zone[0] && rear < zone[1];
      });
    }
  }
}
