/**
 * The platform's commands: judged, written down, carried out once, answered. On the disk first: id and counter are used
 * up before anything happens, and a command that the power interrupted is told as uncertain and never begun again.
 */
import { GateError } from "../core/fault.ts";
import type { AlarmKind } from "../core/terms.ts";
import type { Clock, CommandStore, Entry } from "../shell/ports.ts";
import type { Command } from "./command.ts";
import { type Heard, judge, type Standing, staleness } from "./command-judge.ts";
import { type ResultCode, type ResultTold, resultSchema } from "./command-result.ts";
import { keptOf } from "./command-row.ts";
import type { About } from "./summaries.ts";

export type Outcome = Pick<About, "state" | "code" | "at" | "generation" | "stillSuspended" | "recordSeq">;

/** A command of one kind. */
export type Of<Kind extends Command["kind"]> = Extract<Command, { readonly kind: Kind }>;
export const DONE: Outcome = { state: "done", code: "carried-out" };
export const refused = (code: ResultCode, more: Partial<Outcome> = {}): Outcome => ({
  state: "refused",
  code,
  ...more,
});

export interface CommandsDeps {
  readonly site: string;
  readonly gate: string;
  /** This connection's number. */
  readonly epoch: () => string;
  readonly clock: Pick<Clock, "at" | "wakeAt">;
  readonly keys: Pick<Standing, "verify" | "mayAsk">;
  readonly digest: (text: string) => string;
  readonly store: CommandStore;
  /** Carries it out; called once for each command. What moves something has done so when this returns. */
  readonly execute: (command: Command) => Outcome | Promise<Outcome>;
  readonly result: (about: About) => ResultTold;
  /** False: not now. `then` once the broker has taken it. */
  readonly post: (message: ResultTold, then: () => void) => boolean;
  /** Calls back once this row is on the disk. */
  readonly whenDurable: (seq: number, then: () => void) => void;
  readonly note: (entry: Pick<Entry, "kind" | "open">) => unknown;
  readonly raise: (alarm: AlarmKind, lane: undefined, detail: string) => void;
  readonly count: (kind: string, code: ResultCode | "busy") => void;
}

export interface Commands {
  hear(heard: Heard): void;
  /** Tells what the line had no room for. */
  turn(): void;
  /** The line is there again: what the broker hasn't taken is told once more. */
  again(): void;
}

/** More than any platform asks for, and little enough for a small machine that has a gate to watch. */
const AT_ONCE = 40;
const A_SECOND = 10;
/** One row for each code in so long; the others are counted in it. */
const ROW_EVERY_MS = 10_000;
const MOST_UNTOLD = 200;

export function openCommands(deps: CommandsDeps): Commands {
  const { clock, store, note } = deps;
  /** Begun in this start and not answered yet. */
  const running = new Set<string>();
  const untold = new Map<string, { readonly message: ResultTold; sent: boolean }>();
  /** Answers that the disk didn't take. */
  const unkept = new Map<string, ResultTold>();
  const spoken = new Map<string, { at: number; unsaid: number }>();
  let left = AT_ONCE;
  let leftAt = clock.at();

  const standing = (): Standing => ({
    site: deps.site,
    gate: deps.gate,
    epoch: deps.epoch(),
    at: clock.at(),
    ...deps.keys,
    digest: deps.digest,
    known: store.known,
    lastCounter: store.lastCounter,
  });

  function isTooMany(): boolean {
    const at = clock.at();
    left = Math.min(AT_ONCE, left + ((at - leftAt) * A_SECOND) / 1_000);
    leftAt = at;
    if (left < 1) return true;
    left--;
    return false;
  }

  function hear(heard: Heard): void {
    if (isTooMany()) return deps.count("unknown", "busy");
    try {
      weigh(heard);
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      refuse({ code: "not-recorded" });
    }
  }

  function weigh(heard: Heard): void {
    const judged = judge(heard, standing());
    switch (judged.is) {
      case "execute":
        return take(judged.command, judged.key, judged.digest);
      case "again":
        return repeat(judged.command, judged.key);
      case "refuse":
        if (judged.forged) deps.raise("forged-command", undefined, judged.code);
        return refuse(judged);
    }
  }

  /** Nothing is done and nothing used up. */
  function refuse(why: {
    readonly code: ResultCode;
    readonly command?: Command;
    readonly key?: string;
    readonly at?: string;
  }): void {
    const { code, command, key, at } = why;
    deps.count(command?.kind ?? "unknown", code);
    noteRefusal(code, command, key);
    const about = { state: "refused", code, ...named(command, key), ...(at === undefined ? {} : { at }) } as const;
    deps.post(deps.result(about), () => undefined);
  }

  function noteRefusal(code: ResultCode, command: Command | undefined, key: string | undefined): void {
    const now = clock.at();
    const last = spoken.get(code);
    if (last !== undefined && now - last.at < ROW_EVERY_MS) {
      last.unsaid++;
      return;
    }
    spoken.set(code, { at: now, unsaid: 0 });
    const more = last === undefined || last.unsaid === 0 ? {} : { more: last.unsaid };
    const what = command === undefined ? {} : { id: command.id, command: command.kind };
    note({
      kind: "command",
      open: { state: "refused", code, ...(key === undefined ? {} : { key }), ...what, ...more },
    });
  }

  function named(
    command: Command | undefined,
    key: string | undefined,
  ): Pick<About, "command" | "kind" | "key" | "counter"> {
    if (key === undefined) return {};
    const counter = { key, counter: lastCounter(key) };
    return command === undefined ? counter : { command: command.id, kind: command.kind, ...counter };
  }

  function lastCounter(key: string): number {
    try {
      return store.lastCounter(key);
    } catch {
      return 0; // the file can't be read just now: the refusal tells that
    }
  }

  /** Used up first, on the disk; then looked at once more, because that took its time; then carried out. */
  function take(command: Command, key: string, digest: string): void {
    try {
      store.begin({ id: command.id, digest, key, counter: command.counter, kind: command.kind });
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      return refuse({ code: "not-recorded", command, key });
    }
    running.add(command.id);
    note({ kind: "command", open: { state: "taken", key, counter: command.counter, ...keptOf(command) } });
    let decided = false;
    const once = (then: () => void) => () => {
      if (decided) return;
      decided = true;
      callOff();
      then();
    };
    const no = (code: ResultCode) => finish(command, key, { state: "refused", code });
    const callOff = clock.wakeAt(
      command.validUntilMs,
      once(() => no("not-recorded")),
    );
    void store.settled().then(
      once(() => {
        const stale = staleness(command, standing());
        if (stale === undefined) run(command, key);
        else no(stale);
      }),
    );
  }

  function run(command: Command, key: string): void {
    const failed = (cause: unknown): Outcome => {
      if (!(cause instanceof GateError)) throw cause;
      return { state: "uncertain", code: "interrupted" };
    };
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = deps.execute(command);
    } catch (cause) {
      outcome = failed(cause);
    }
    if (!(outcome instanceof Promise)) return finish(command, key, outcome);
    void outcome.catch(failed).then((became) => finish(command, key, became));
  }

  /** Told when it is on the disk, with the record of it. */
  function finish(command: Command, key: string, outcome: Outcome): void {
    deps.count(command.kind, outcome.code);
    note({
      kind: "command",
      open: { state: outcome.state, code: outcome.code, id: command.id, command: command.kind },
    });
    const message = deps.result({ ...outcome, ...named(command, key) });
    const keep = () => void keepAnswer(command.id, message).then(() => tell(command.id, message));
    if (outcome.recordSeq === undefined) keep();
    else deps.whenDurable(outcome.recordSeq, keep);
  }

  async function keepAnswer(id: string, message: ResultTold): Promise<void> {
    try {
      store.answer(id, JSON.stringify(message));
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      // The disk refuses: it was carried out once all the same; after a restart it is told as uncertain.
      unkept.set(id, message);
      return;
    }
    await store.settled();
    running.delete(id);
  }

  function repeat(command: Command, key: string): void {
    deps.count(command.kind, "redelivered");
    const lost = unkept.get(command.id);
    if (lost !== undefined) return tell(command.id, lost);
    // Its answer is on the way to the disk: told before it is there, the power could take it back.
    if (running.has(command.id)) return;
    const kept = answered(store.known(command.id)?.answer);
    if (kept !== undefined) return tell(command.id, kept);
    // From before this start, which nobody saw the end of.
    running.add(command.id);
    finish(command, key, { state: "uncertain", code: "interrupted" });
  }

  function tell(id: string, message: ResultTold): void {
    const oldest = untold.keys().next().value;
    if (untold.size >= MOST_UNTOLD && oldest !== undefined) untold.delete(oldest);
    untold.set(id, { message, sent: false });
    turn();
  }

  function turn(): void {
    for (const [id, one] of [...untold]) {
      if (one.sent) continue;
      one.sent = true;
      one.sent = deps.post(one.message, () => void untold.delete(id));
      if (!one.sent) return;
    }
  }

  return {
    hear,
    turn,
    again() {
      for (const one of untold.values()) one.sent = false;
      turn();
    },
  };
}

const answered = (kept: string | undefined): ResultTold | undefined =>
  kept === undefined ? undefined : resultSchema.safeParse(JSON.parse(kept)).data;
