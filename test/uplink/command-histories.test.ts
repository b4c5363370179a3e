/**
 * Histories of a platform, an adversary on the wire and a gate whose line, power and clock come and go: whatever is
 * delivered, each movement traces to exactly one signed, fresh, single-use command, and none is carried out twice.
 * `GATEPOST_HISTORIES=10000 npm test -- test/uplink/command-histories` is the whole of it; GATEPOST_SEED repeats one.
 */
import { expect, it } from "vitest";
import { digestOf, openCommandKeys } from "../../src/adapters/commands-keys.ts";
import type { Begun, CommandStore } from "../../src/shell/ports.ts";
import { type Random, random } from "../../src/simulator/random.ts";
import type { Command } from "../../src/uplink/command.ts";
import type { ResultTold } from "../../src/uplink/command-result.ts";
import { type Commands, openCommands } from "../../src/uplink/commands.ts";
import { resultTold } from "../../src/uplink/summaries.ts";
import { handClock } from "../shell/hand-clock.ts";
import { BOOT, CODES } from "./samples.ts";
import { type KeyName, OPEN, publicPem, signed } from "./signer.ts";

const HISTORIES = Number(process.env.GATEPOST_HISTORIES ?? 150);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const STEPS = 40;
const KEYS = openCommandKeys(new Map((["county", "town"] as const).map((name) => [name, publicPem(name)])));

interface Disk {
  readonly commands: ReadonlyMap<string, Begun & { readonly answer?: string }>;
  readonly counters: ReadonlyMap<string, number>;
}
const BLANK: Disk = { commands: new Map(), counters: new Map() };

/** What is written is there at once, and on the disk when the test lets it: a power cut takes what isn't. */
function openDisk() {
  let written = BLANK;
  let kept = BLANK;
  let waiting: (() => void)[] = [];
  const store: CommandStore = {
    lastCounter: (key) => written.counters.get(key) ?? 0,
    known: (id) => written.commands.get(id),
    begin(one) {
      const last = Math.max(written.counters.get(one.key) ?? 0, one.counter);
      if (written.commands.has(one.id)) throw new Error(`${one.id} was begun before`);
      written = {
        commands: new Map(written.commands).set(one.id, one),
        counters: new Map(written.counters).set(one.key, last),
      };
    },
    answer(id, answer) {
      const one = written.commands.get(id);
      if (one === undefined) throw new Error(`${id} was never begun`);
      written = { ...written, commands: new Map(written.commands).set(id, { ...one, answer }) };
    },
    ends: () => [],
    keepEnd: () => undefined,
    dropEnd: () => undefined,
    settled: () => new Promise((done) => waiting.push(done)),
    close: () => Promise.resolve(),
  };
  return {
    store,
    sync() {
      kept = written;
      const due = waiting;
      waiting = [];
      for (const done of due) done();
    },
    /** Those who waited are gone with the process. */
    cut() {
      written = kept;
      waiting = [];
    },
  };
}

interface Move {
  readonly command: Command;
  readonly epoch: string;
  readonly at: number;
}

const uuid = (dice: Random): string => {
  const hex = Array.from({ length: 32 }, () => dice.below(16).toString(16)).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
};
const flush = async () => {
  for (let n = 0; n < 12; n++) await Promise.resolve();
};

async function history(seed: number) {
  const dice = random(seed);
  const clock = handClock();
  const disk = openDisk();
  const genuine = new Map<string, Command>();
  const wire: string[] = [];
  const moves: Move[] = [];
  const told: { readonly message: ResultTold; readonly after: boolean }[] = [];
  const counters = { county: 0, town: 0 };
  let epoch = uuid(dice);
  /** What the platform believes: it may be an older one. */
  let believed = epoch;
  let life = 0;
  let commands = start();

  function start(): Commands {
    const mine = ++life;
    // A process that was killed does nothing any more; its timers and promises are still about in this one.
    const alive = () => mine === life;
    return openCommands({
      site: CODES.site,
      gate: CODES.gate,
      epoch: () => epoch,
      clock: {
        at: clock.at,
        wakeAt: (when, then) =>
          clock.wakeAt(when, () => {
            if (alive()) then();
          }),
      },
      keys: { verify: KEYS.verify, mayAsk: () => true },
      digest: digestOf,
      store: {
        ...disk.store,
        settled: async () => {
          await disk.store.settled();
          if (!alive()) await new Promise(() => undefined);
        },
      },
      execute(command) {
        moves.push({ command, epoch, at: clock.at() });
        return { state: "done", code: "carried-out" };
      },
      result: (about) =>
        resultTold(
          {
            wallMs: 0,
            trust: "untrusted",
            at: clock.at(),
            boot: BOOT,
            seq: 1,
            hash: "0".repeat(64),
            chance: "00112233445566778899",
          },
          CODES,
          epoch,
          about,
        ),
      post(message, then) {
        if (!alive() || dice.chance(0.1)) return false;
        told.push({ message, after: moves.some(({ command }) => command.id === message.command) });
        then();
        return true;
      },
      whenDurable: (_, then) => then(),
      note: () => undefined,
      raise: () => undefined,
      count: () => undefined,
    });
  }

  function sends(): void {
    const key: KeyName = dice.chance(0.7) ? "county" : "town";
    counters[key] += 1 + dice.below(3);
    const command = {
      ...OPEN,
      id: uuid(dice),
      epoch: dice.chance(0.9) ? believed : uuid(dice),
      counter: counters[key],
      validUntilMs: Math.max(0, clock.at() + dice.below(40_000) - 4_000),
    };
    const text = signed(command, key);
    genuine.set(text, command);
    wire.push(text);
    if (dice.chance(0.8)) deliver(text);
  }

  function deliver(text: string): void {
    commands.hear({
      topic: dice.chance(0.97) ? "remote-open" : "mode",
      bytes: Buffer.from(text),
      retained: dice.chance(0.05),
      redelivered: dice.chance(0.1),
    });
  }

  function mutated(): string {
    const [one = "", other = ""] = [dice.pick(wire), dice.pick(wire)];
    if (dice.chance(0.5)) {
      const [head = "", claims = ""] = one.split(".");
      return `${head}.${claims}.${other.split(".")[2] ?? ""}`;
    }
    const at = dice.below(one.length + 1);
    return one.slice(0, at) + String.fromCharCode(33 + dice.below(90)) + one.slice(at + dice.below(2));
  }

  async function powerGoes(): Promise<void> {
    if (dice.chance(0.5)) disk.cut();
    else disk.sync();
    life++;
    await flush();
    epoch = uuid(dice);
    if (dice.chance(0.7)) believed = epoch;
    commands = start();
  }

  const acts: readonly (() => void | Promise<void>)[] = [
    sends,
    sends,
    sends,
    () => deliver(dice.pick(wire) ?? "x"),
    () => deliver(dice.pick(wire) ?? "x"),
    () => deliver(mutated()),
    () => disk.sync(),
    () => disk.sync(),
    () => clock.to(clock.at() + dice.below(8_000)),
    () => clock.stall(dice.below(20_000)),
    () => clock.setWall(dice.below(4_000_000_000_000), dice.chance(0.5) ? "trusted" : "untrusted"),
    () => {
      epoch = uuid(dice);
      commands.again();
    },
    () => {
      believed = epoch;
    },
    powerGoes,
  ];
  for (let n = 0; n < STEPS; n++) {
    await acts[dice.below(acts.length)]?.();
    await flush();
  }
  return { moves, told, genuine };
}

it(`promise 1, 4: ${HISTORIES} histories: each movement traces to one signed, fresh, single-use command (seed ${SEED})`, {
  timeout: 60_000 + HISTORIES * 100,
}, async () => {
  let all = 0;
  let uncertain = 0;
  for (let n = 0; n < HISTORIES; n++) {
    const { moves, told, genuine } = await history(SEED + n);
    const why = (what: string) => `${what}; GATEPOST_SEED=${SEED + n} GATEPOST_HISTORIES=1`;
    const signedIds = new Set([...genuine.values()].map(({ id }) => id));
    const moved = new Map<string, number>();
    for (const { command, epoch, at } of moves) {
      if (!signedIds.has(command.id)) throw new Error(why("nobody signed it"));
      if (command.epoch !== epoch || at > command.validUntilMs) throw new Error(why("it wasn't fresh"));
      if (moved.has(command.id)) throw new Error(why("it was carried out twice"));
      moved.set(command.id, command.counter);
    }
    const answers = new Map<string, string>();
    for (const { message, after } of told) {
      const { command, state, code } = message;
      if (command === undefined) continue;
      if (state === "done" && !moved.has(command)) throw new Error(why("told as done, and nothing moved"));
      // Refused over another topic or as a repetition it may come once more; once it has moved it is never refused.
      if (state === "refused" && after) throw new Error(why("told as refused, and it had moved"));
      if (state === "uncertain") uncertain++;
      // Once done or uncertain, it is told so for ever; a refusal that used nothing up may be followed by anything.
      const before = answers.get(command);
      if (before !== undefined && before !== `${state} ${code}`)
        throw new Error(why(`${before}, then ${state} ${code}`));
      if (state !== "refused") answers.set(command, `${state} ${code}`);
    }
    all += moves.length;
  }
  expect(all).toBeGreaterThan(HISTORIES);
  expect(uncertain).toBeGreaterThan(HISTORIES / 100);
});
