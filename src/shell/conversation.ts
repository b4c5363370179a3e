/**
 * Half-duplex talk on one line, which several devices may share (RS-485): one open request at a time, commands before
 * polls, a reply known by its command's own rule. A command whose reply doesn't come is `uncertain` and is not sent again
 * unless its profile allows it, which nothing that opens may.
 */
import type { Millis } from "../core/terms.ts";
import type { EncodedCommand, Heard, Outgoing } from "../decode/terms.ts";
import type { Outcome } from "./perform.ts";
import type { Clock } from "./ports.ts";

export interface Conversation {
  /** Sends now if the line is free, else as soon as it is. */
  ask(command: EncodedCommand): Promise<Outcome>;
  /** The same, with the reply that closed it. */
  converse(command: EncodedCommand): Promise<Answered>;
  /** A frame has come. True: it was the reply to the open request, which is closed. */
  hear(heard: Heard): boolean;
  /** The command whose reply is awaited. */
  asked(): string | undefined;
  /** Asks again every `everyMs` after its answer or time-out; `missed` is told how often in a row no answer came. */
  poll(command: () => EncodedCommand, everyMs: Millis, missed: (times: number) => void): void;
  /** The line came up (a new epoch) or went: an open request has no certain outcome any more. */
  reset(up: boolean): void;
  close(): void;
}

export interface Answered {
  readonly outcome: Outcome;
  readonly reply?: Heard;
}

interface Asked {
  readonly command: EncodedCommand;
  readonly done: (outcome: Outcome, reply?: Heard) => void;
  readonly askedAt: Millis;
  sent: number;
  /** Parts of the reply so far. */
  parts: number;
}

/** A reply in more parts than this is no reply. */
const PARTS_MAX = 64;

interface Poll {
  readonly command: () => EncodedCommand;
  readonly everyMs: Millis;
  readonly missed: (times: number) => void;
  misses: number;
  dueAt: Millis;
}

/** A relay board needs a breath between a reply and the next request (Modbus: 3.5 characters = 4 ms at 9600 baud). */
const BREATH_MS = 4;
/**
 * A command that waited longer for the line is too old to move a gate: whoever it was for has gone, and a close was
 * permitted by loops that may be occupied by now. The same as for an order to a GPIO line.
 */
const FRESH_MS = 1_000;
/** A device that was silent so often is asked so seldom, while another on its line answers: loops are on that line too. */
const SILENT_TIMES = 3;
const SILENT_MS = 2_000;

export function openConversation(send: (out: Outgoing) => Promise<void>, clock: Clock): Conversation {
  const commands: Asked[] = [];
  const polls: Poll[] = [];
  let open: { readonly asked: Asked; readonly callOff: () => void } | undefined;
  let wake: (() => void) | undefined;
  let up = false;
  let closed = false;
  let quietUntil: Millis = 0;

  function next(): void {
    if (open !== undefined || closed) return;
    const at = clock.at();
    for (let command = commands.shift(); command !== undefined; command = commands.shift()) {
      // A command may end the breath early: nothing else is on the line.
      if (at - command.askedAt <= FRESH_MS) return begin(command);
      command.done("failed");
    }
    if (!up) return;
    const poll = polls.reduce<Poll | undefined>(
      (first, one) => (first === undefined || one.dueAt < first.dueAt ? one : first),
      undefined,
    );
    if (poll === undefined) return;
    if (poll.dueAt > at || quietUntil > at) return sleep(Math.max(poll.dueAt, quietUntil));
    const command = poll.command();
    begin({
      // One that was silent the last time isn't asked twice in a row: the others on its line wait meanwhile.
      command: poll.misses > 0 ? { ...command, retries: 0 } : command,
      askedAt: at,
      sent: 0,
      parts: 0,
      done(outcome) {
        poll.misses = outcome === "uncertain" ? poll.misses + 1 : 0;
        poll.dueAt = clock.at() + (isDrag(poll) ? Math.max(SILENT_MS, poll.everyMs) : poll.everyMs);
        if (poll.misses > 0) poll.missed(poll.misses);
      },
    });
  }

  /** Silent for long on a line where another one answers: each question to it costs that one its time. */
  const isDrag = (poll: Poll): boolean => poll.misses >= SILENT_TIMES && polls.some((other) => other.misses === 0);

  function sleep(until: Millis): void {
    wake?.();
    wake = clock.wakeAt(until, () => {
      wake = undefined;
      next();
    });
  }

  function begin(asked: Asked): void {
    wake?.();
    wake = undefined;
    asked.sent++;
    const { expects } = asked.command;
    if (expects !== undefined) awaitReply(asked, expects.timeoutMs);
    send(asked.command.out).then(
      () => {
        if (expects !== undefined) return;
        asked.done("done");
        next();
      },
      () => {
        if (open?.asked === asked) finish("failed");
        else if (expects === undefined) asked.done("failed");
      },
    );
  }

  function awaitReply(asked: Asked, timeoutMs: Millis): void {
    open?.callOff();
    open = { asked, callOff: clock.wakeAt(clock.at() + timeoutMs, () => timedOut()) };
  }

  function timedOut(): void {
    const asked = open?.asked;
    if (asked === undefined) return;
    if (asked.sent <= asked.command.retries) {
      open = undefined;
      return begin(asked);
    }
    finish("uncertain");
  }

  function finish(outcome: Outcome, reply?: Heard): void {
    const ended = open;
    if (ended === undefined) return;
    open = undefined;
    ended.callOff();
    quietUntil = clock.at() + BREATH_MS;
    ended.asked.done(outcome, reply);
    next();
  }

  function take(command: EncodedCommand, done: Asked["done"]): void {
    if (closed) return done("failed");
    commands.push({ command, done, askedAt: clock.now().at, sent: 0, parts: 0 });
    next();
  }

  return {
    ask: (command) => new Promise((done) => take(command, done)),
    converse: (command) =>
      new Promise((done) =>
        take(command, (outcome, reply) => done({ outcome, ...(reply === undefined ? {} : { reply }) })),
      ),
    hear(heard) {
      const means = open?.asked.command.expects?.matches(heard) ?? "other";
      if (means === "other") return false;
      if (means === "more" && open?.asked.command.expects !== undefined) {
        open.asked.parts++;
        if (open.asked.parts < PARTS_MAX) awaitReply(open.asked, open.asked.command.expects.timeoutMs);
        return true;
      }
      finish(means === "ok" ? "done" : "failed", heard);
      return true;
    },
    asked: () => open?.asked.command.name,
    poll(command, everyMs, missed) {
      polls.push({ command, everyMs, missed, misses: 0, dueAt: clock.at() });
      next();
    },
    reset(isUp) {
      up = isUp;
      if (open !== undefined) finish("uncertain");
      if (!isUp) for (const asked of commands.splice(0)) asked.done("failed");
      next();
    },
    close() {
      closed = true;
      wake?.();
      open?.callOff();
      for (const asked of commands.splice(0)) asked.done("failed");
    },
  };
}
