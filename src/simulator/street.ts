/**
 * A street to try gatepost on: cars and people come, terminals and cameras see them and say so over their real
 * protocols (MQTT to the broker, bytes on a pty), a relay board moves the booms and tells what loops and limits feel.
 * Nothing of it is on the decision path: it meets gatepost on the wire only.
 */
import type { Direction, InputRole, LaneId, LaneKind } from "../core/terms.ts";
import { type Board, openBoard } from "./board.ts";
import { openCamera } from "./camera.ts";
import { type FaceModule, openFaceModule } from "./module.ts";
import { type Random, random } from "./random.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import * as world from "./world.ts";

/** One end of a serial line: what is written here is read by gatepost, and the other way round. */
export interface Wire {
  write(bytes: Uint8Array): void;
  onBytes(hear: (bytes: Uint8Array) => void): void;
}

export interface StreetLane {
  readonly id: LaneId;
  readonly kind: LaneKind;
  readonly travelMs: number;
  /** Relay channel of each command, and input channel of each role, on board `device`. */
  readonly outputs: readonly {
    readonly device: string;
    readonly channel: number;
    readonly command: "open" | "close" | "stop";
  }[];
  readonly inputs: readonly {
    readonly device: string;
    readonly channel: number;
    readonly role: InputRole;
    readonly activeLow: boolean;
  }[];
  readonly readers: readonly { readonly device: string; readonly direction: Direction }[];
}

export interface StreetPlan {
  readonly seed: number;
  readonly lanes: readonly StreetLane[];
  readonly mqttUrl: string;
  readonly utcOffsetMin: number;
  readonly boards: readonly { readonly device: string; readonly unit: number; readonly wire: Wire }[];
  readonly terminals: readonly {
    readonly device: string;
    readonly username: string;
    readonly password: string;
    readonly deviceId: string;
  }[];
  readonly cameras: readonly {
    readonly device: string;
    readonly username: string;
    readonly password: string;
    readonly deviceId: string;
  }[];
  readonly modules: readonly { readonly device: string; readonly wire: Wire }[];
  readonly lineReaders: readonly { readonly device: string; readonly wire: Wire }[];
  /** Who lives here, by what they carry. */
  readonly faces: readonly string[];
  readonly plates: readonly string[];
  readonly cards: readonly string[];
  /** Mean time between arrivals over the whole street, ms; 0 = nobody comes by himself. */
  readonly everyMs: number;
}

export interface Street {
  /** Sends somebody now: a resident or a stranger, by face or card at this lane, or a car. */
  send(lane: LaneId, direction: Direction, known: boolean): void;
  close(): Promise<void>;
}

const STEP_MS = 50;
const FIRST_MS = 1_200;
const STRANGER = 0.15;
const MISREAD = 0.05;

export function openStreet(plan: StreetPlan): Street {
  const dice = random(plan.seed);
  const lanes = new Map(plan.lanes.map((lane) => [lane.id, world.laneWorld(lane.kind, lane.travelMs)]));
  const seen = new Map<LaneId, { readonly car: number; readonly at: number }>();
  const plateOf = new Map<number, string>();
  const change = (id: LaneId, how: (now: world.LaneWorld) => world.LaneWorld) => {
    const now = lanes.get(id);
    if (now !== undefined) lanes.set(id, how(now));
  };

  const boards = plan.boards.map((board) => joinBoard(plan, board, lanes, change));
  const terminals = new Map(
    plan.terminals.map((t) => [t.device, openTerminal({ ...t, url: plan.mqttUrl, utcOffsetMin: plan.utcOffsetMin })]),
  );
  const cameras = new Map(plan.cameras.map((c) => [c.device, openCamera({ ...c, url: plan.mqttUrl })]));
  const modules = new Map(plan.modules.map((m) => [m.device, joinModule(m.wire)]));
  const readers = new Map(plan.lineReaders.map((r) => [r.device, r.wire]));

  function showPlates(lane: StreetLane): void {
    const now = lanes.get(lane.id);
    const car = now === undefined ? undefined : world.waiting(now);
    if (car === undefined) return;
    const last = seen.get(lane.id);
    // The camera sees a waiting car about once in two seconds.
    if (last !== undefined && last.car === car.id && Date.now() - last.at < 2_000) return;
    seen.set(lane.id, { car: car.id, at: Date.now() });
    const camera = lane.readers.filter((r) => r.direction === car.direction).map((r) => cameras.get(r.device));
    const plate = plateOf.get(car.id) ?? strangerPlate(dice);
    plateOf.set(car.id, plate);
    camera.find((c) => c !== undefined)?.plate(dice.chance(MISREAD) ? misread(plate) : plate, 90 + dice.below(10));
  }

  function send(id: LaneId, direction: Direction, known: boolean): void {
    const lane = plan.lanes.find((l) => l.id === id);
    if (lane === undefined) return;
    if (lane.kind === "monitored") {
      change(id, (now) => world.pull(now, 4_000));
      return;
    }
    if (lane.kind === "vehicle") {
      change(id, (now) => world.arrive(now, direction));
      const car = lanes.get(id)?.cars.at(-1);
      const plate = known ? dice.pick(plan.plates) : strangerPlate(dice);
      if (car !== undefined && plate !== undefined) plateOf.set(car.id, plate);
      return;
    }
    const reader = dice.pick(lane.readers.filter((r) => r.direction === direction));
    if (reader === undefined) return;
    if (known) change(id, world.walkUp);
    present(reader.device, known, { terminals, modules, readers }, plan, dice);
  }

  const stepping = setInterval(() => {
    for (const id of lanes.keys()) change(id, (now) => world.after(now, STEP_MS));
    for (const lane of plan.lanes) showPlates(lane);
  }, STEP_MS);

  let next: NodeJS.Timeout | undefined;
  function arrivals(afterMs: number, where: () => StreetLane | undefined): void {
    next = setTimeout(() => {
      const lane = where();
      const busy = lane === undefined || (lanes.get(lane.id)?.cars.length ?? 0) > 2;
      // An iron gate is opened by hand once in a while; the rest comes and goes.
      if (lane !== undefined && !busy && (lane.kind !== "monitored" || dice.chance(0.3))) {
        const direction = dice.pick(lane.readers)?.direction ?? "in";
        send(lane.id, direction, !dice.chance(STRANGER));
      }
      arrivals(plan.everyMs * (0.4 + 1.2 * dice.next()), () => dice.pick(plan.lanes));
    }, afterMs);
  }
  // Whoever has just opened the page shouldn't wait long for the first car.
  if (plan.everyMs > 0) arrivals(FIRST_MS, () => plan.lanes.find((lane) => lane.kind === "vehicle"));

  return {
    send,
    async close() {
      clearInterval(stepping);
      if (next !== undefined) clearTimeout(next);
      for (const board of boards) board.close();
      for (const module of modules.values()) module.close();
      await Promise.all([...terminals.values(), ...cameras.values()].map((device) => device.close()));
    },
  };
}

function joinModule(wire: Wire): FaceModule {
  const module = openFaceModule((bytes) => wire.write(bytes));
  wire.onBytes(module.hear);
  return module;
}

function joinBoard(
  plan: StreetPlan,
  board: StreetPlan["boards"][number],
  lanes: ReadonlyMap<LaneId, world.LaneWorld>,
  change: (id: LaneId, how: (now: world.LaneWorld) => world.LaneWorld) => void,
): Board {
  const joined = openBoard(board.unit, {
    relay(channel, on) {
      if (!on) return;
      for (const lane of plan.lanes)
        for (const output of lane.outputs)
          if (output.device === board.device && output.channel === channel) {
            // A door that is unlocked has somebody before it: the visitor of a guard's tap or of a message sent by hand.
            if (lane.kind === "pedestrian")
              change(lane.id, (now) => (now.walkersWaiting > 0 ? now : world.walkUp(now)));
            change(lane.id, (now) => world.relayed(now, output.command));
          }
    },
    input(channel) {
      for (const lane of plan.lanes)
        for (const input of lane.inputs)
          if (input.device === board.device && input.channel === channel) {
            const now = lanes.get(lane.id);
            return now !== undefined && world.made(now, input.role) !== input.activeLow;
          }
      return false;
    },
  });
  board.wire.onBytes((bytes) => {
    const reply = joined.hear(bytes);
    if (reply !== undefined) board.wire.write(reply);
  });
  return joined;
}

function present(
  device: string,
  known: boolean,
  at: {
    readonly terminals: ReadonlyMap<string, Terminal>;
    readonly modules: ReadonlyMap<string, FaceModule>;
    readonly readers: ReadonlyMap<string, Wire>;
  },
  plan: StreetPlan,
  dice: Random,
): void {
  const terminal = at.terminals.get(device);
  // A terminal knows whom it was given; one that was given nobody yet knows the street as if somebody had filled it by hand.
  const held = new Set(terminal?.faces.held().map(({ customId }) => customId));
  const face = known ? dice.pick(held.size === 0 ? plan.faces : plan.faces.filter((one) => held.has(one))) : undefined;
  if (terminal !== undefined)
    void (face === undefined ? terminal.stranger() : terminal.face(face, 0.86 + dice.next() / 8));
  void at.modules.get(device)?.face(face === undefined ? undefined : { userId: 1 + dice.below(900), name: face });
  const card = known ? dice.pick(plan.cards) : String(1_000_000_000 + dice.below(1_000_000_000));
  if (card !== undefined) at.readers.get(device)?.write(new TextEncoder().encode(`${card}\r\n`));
}

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
function strangerPlate(dice: Random): string {
  const province = dice.pick([..."川渝云贵苏粤"]) ?? "川";
  return `${province}${LETTERS[dice.below(8)] ?? "A"}${Array.from({ length: 5 }, () => LETTERS[dice.below(LETTERS.length)] ?? "0").join("")}`;
}

/** One character taken for its look-alike, as cameras do. */
function misread(plate: string): string {
  const alike: Readonly<Record<string, string>> = { "0": "D", D: "0", "8": "B", B: "8", "1": "T", "5": "S", S: "5" };
  return [...plate].map((c, i) => (i > 1 ? (alike[c] ?? c) : c)).join("");
}
