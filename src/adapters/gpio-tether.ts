/**
 * Our side of the keeper (gpio-keeper.ts): starts it, passes orders on, watches that it lives, starts it again.
 *
 * What is left when the keeper itself is stopped or dies in a pulse: a stopped one is found by its silence and killed
 * within about 4 s; the next one takes every line back inactive as its first act, because Raspberry Pi kernels leave a
 * released output at its last level (persist_gpio_outputs). Should that fail too, only a relay with a timer of its own
 * ends the pulse; see the site's wiring notes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { GateError } from "../core/fault.ts";
import type { GpioOutput, GpioOutputSettings } from "../shell/ports.ts";
import type { LinesPlan } from "./gpio-drivers.ts";
import { monotonicMs } from "./gpio-lines.ts";
import { checkPulse } from "./gpio-relays.ts";
import { type KeeperOrder, type KeeperWord, lineCutter, wordFrom } from "./gpio-wire.ts";

const BEAT_MS = 1_000;
const BEATS_MISSED = 3;
/** After a pulse should have ended, until its keeper is held to be stuck. */
const LATE_MS = 1_000;
/** What lies in the pipe after we ourselves were stopped is read before anyone is blamed. */
const SECOND_LOOK_MS = 250;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A keeper that lived so long is started again at once when it dies. */
const SOUND_MS = 10_000;
const GOODBYE_MS = 2_000;
/** How the keeper ends after it was told to and has let every line fall. */
const DROPPED_ALL = "code 0";
const LULL_MS = 1_000;

export interface TetherSettings {
  /** The keeper's program, dist/keeper.cjs. */
  readonly program: string;
  readonly plan: LinesPlan;
  readonly onFault: (fault: GateError) => void;
}
export interface Tether {
  output(settings: GpioOutputSettings): GpioOutput;
  /** Resolves when every output is ours and inactive; for tests and a start that waits. */
  claimed(): Promise<void>;
  /** The keeper's process id now. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

interface Claim {
  readonly settings: GpioOutputSettings;
  is: "asked" | "ours" | "lost";
  fault: GateError | undefined;
}
interface Waiting {
  readonly keep: () => void;
  readonly fail: (fault: GateError) => void;
}

export function openTether({ program, plan, onFault }: TetherSettings): Tether {
  const claims = new Map<number, Claim>();
  const waiting = new Map<number, Waiting>();
  const hoping: (() => void)[] = [];
  const said = new Set<string>();
  let keeper: ChildProcess | undefined;
  let again: NodeJS.Timeout | undefined;
  let startedAt = 0;
  let falls = 0;
  let unanswered = 0;
  let lastId = 0;
  let closed = false;

  function start(): void {
    again = undefined;
    startedAt = monotonicMs();
    unanswered = 0;
    const child = spawn(process.execPath, [program, JSON.stringify(plan)], { stdio: ["pipe", "pipe", "inherit"] });
    keeper = child;
    const cut = lineCutter((line) => {
      const word = wordFrom(line);
      if (word !== undefined && child === keeper) hear(word);
    });
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", cut);
    child.stdin.on("error", () => undefined); // it has died; its end says so
    child.stdout.on("error", () => child.kill()); // whom we can't hear isn't ours: it lets all lines fall
    child.on("error", (error) => gone(child, error.message));
    child.on("close", (code, signal) => gone(child, signal ?? `code ${code}`));
    for (const claim of claims.values()) ask(claim);
  }

  function gone(child: ChildProcess, why: string): void {
    if (child !== keeper) return;
    keeper = undefined;
    for (const claim of claims.values()) claim.is = "lost";
    const cut = new GateError("COMMAND_UNCERTAIN", `the keeper of the outputs ended (${why}) while it was at it`);
    for (const each of waiting.values()) each.fail(cut);
    waiting.clear();
    if (closed) return;
    falls = monotonicMs() - startedAt >= SOUND_MS ? 1 : falls + 1;
    const pause = falls === 1 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (falls - 2));
    // It was asked to end and let all lines fall itself: most likely we are asked to end too, so it isn't a fault yet.
    if (why === DROPPED_ALL) again = setTimeout(() => restart(why), Math.max(pause, LULL_MS));
    // A released output may stay active: the first new start must not wait.
    else if (pause === 0) restart(why);
    else again = setTimeout(() => restart(why), pause);
  }

  function restart(why: string): void {
    start();
    complain(
      new GateError("GPIO_FAILED", `the keeper of the outputs ended (${why}); started again`, { context: { why } }),
    );
  }

  /** Tells a trouble once, until every line is ours again. */
  function complain(fault: GateError): void {
    if (said.has(fault.message)) return;
    said.add(fault.message);
    onFault(fault);
  }

  function send(order: KeeperOrder): void {
    keeper?.stdin?.write(`${JSON.stringify(order)}\n`);
  }
  function answered(order: (id: number) => KeeperOrder, withinMs: number): Promise<void> {
    return new Promise((done, fail) => {
      const id = ++lastId;
      const at = keeper;
      let timer = setTimeout(() => {
        timer = setTimeout(() => at?.kill("SIGKILL"), SECOND_LOOK_MS);
      }, withinMs + LATE_MS);
      const settled = (): void => {
        clearTimeout(timer);
        waiting.delete(id);
      };
      waiting.set(id, {
        keep() {
          settled();
          done();
        },
        fail(fault) {
          settled();
          fail(fault);
        },
      });
      send(order(id));
    });
  }

  function hear(word: KeeperWord): void {
    unanswered = 0;
    switch (word.is) {
      case "done":
        waiting.get(word.id)?.keep();
        break;
      case "failed":
        waiting.get(word.id)?.fail(new GateError(word.code, word.message));
        break;
      case "alive":
        break;
      case "lapsed":
        complain(new GateError("GPIO_FAILED", `held line ${word.offset} fell: we were silent for too long`));
        break;
      case "broken":
        complain(new GateError(word.code, word.message));
        break;
    }
  }

  /** Asks for the line, again and again until it is ours; one fault for the whole time. */
  function ask(claim: Claim): void {
    const { offset, activeLow } = claim.settings;
    const from = keeper;
    answered((id) => ({ do: "claim", id, offset, activeLow }), LONGEST_PAUSE_MS).then(
      () => {
        claim.is = "ours";
        claim.fault = undefined;
        if (![...claims.values()].every((each) => each.is === "ours")) return;
        said.clear();
        for (const hope of hoping.splice(0)) hope();
      },
      (cause: unknown) => {
        if (!(cause instanceof GateError)) throw cause;
        if (from !== keeper || closed) return; // the next keeper is asked at its start
        claim.is = "lost";
        complain(cause);
        claim.fault = cause;
        setTimeout(() => {
          if (from === keeper && !closed) ask(claim);
        }, BEAT_MS).unref();
      },
    );
  }

  const beating = setInterval(() => {
    if (keeper === undefined) return;
    if (unanswered >= BEATS_MISSED) keeper.kill("SIGKILL");
    unanswered += 1;
    send({ do: "beat" });
  }, BEAT_MS);

  /** Why nothing can be asked of this line now. */
  function lost(claim: Claim): GateError | undefined {
    if (closed) return new GateError("GPIO_FAILED", "GPIO is closed");
    if (claim.is !== "lost") return undefined;
    return (
      claim.fault ?? new GateError("GPIO_FAILED", `line ${claim.settings.offset}: the keeper of the outputs is down`)
    );
  }
  return {
    output(settings) {
      const known = claims.get(settings.offset);
      if (known !== undefined && known.settings.activeLow !== settings.activeLow)
        throw new GateError("GPIO_BUSY", `line ${settings.offset} is asked for with both polarities`);
      const claim: Claim = known ?? { settings, is: "asked", fault: undefined };
      claims.set(settings.offset, claim);
      if (known === undefined) {
        if (keeper === undefined && again === undefined) start();
        else if (keeper !== undefined) ask(claim);
        else claim.is = "lost";
      }
      const { offset } = settings;
      return {
        async pulse(ms) {
          checkPulse(ms);
          const why = lost(claim);
          if (why !== undefined) throw why;
          await answered((id) => ({ do: "pulse", id, offset, ms, askedAt: monotonicMs() }), ms);
        },
        async hold(active) {
          const why = lost(claim);
          if (why !== undefined) throw why;
          await answered((id) => ({ do: "hold", id, offset, active, askedAt: monotonicMs() }), 0);
        },
      };
    },
    claimed() {
      if ([...claims.values()].every((claim) => claim.is === "ours")) return Promise.resolve();
      return new Promise((done) => hoping.push(done));
    },
    get pid() {
      return keeper?.pid;
    },
    async close() {
      closed = true;
      clearInterval(beating);
      clearTimeout(again);
      const child = keeper;
      if (child === undefined) return;
      await new Promise<void>((done) => {
        const stuck = setTimeout(() => child.kill("SIGKILL"), GOODBYE_MS);
        child.once("close", () => {
          clearTimeout(stuck);
          done();
        });
        child.stdin?.end();
      });
    },
  };
}
