/**
 * Commands as requests to a device's own address. Each has its own answer, so that none waits for another; nothing is
 * queued, and what couldn't be sent at once is not sent. An answer that isn't the one meant leaves the outcome uncertain,
 * unless its status says that nothing was done.
 */
import { GateError } from "../core/fault.ts";
import type { Millis } from "../core/terms.ts";
import type { EncodedCommand, Heard } from "../decode/terms.ts";
import type { Answered } from "./conversation.ts";
import type { Called, Clock, HttpCaller } from "./ports.ts";
import type { Fault, Talk } from "./wall.ts";

export interface CallsDeps {
  readonly clock: Clock;
  /** Every answer, before it is judged. */
  readonly answered: (heard: Heard, command: string) => void;
  readonly fault: (fault: Fault) => void;
}

/** As for an order to a line or a board: one that comes later moves the gate for nobody. */
const FRESH_MS = 1_000;
const UNHURRIED_MS = 5_000;
/** For a command whose profile names no answer. */
const ANSWER_MS = 3_000;
/** Requests that may be open at once: a terminal is a small machine. What opens is never kept out by what doesn't. */
const OPEN_MAX = 4;

interface Said extends Answered {
  readonly why?: string;
}

export function openCalls(caller: HttpCaller, { clock, answered, fault }: CallsDeps): Talk {
  const callOffs = new Set<() => void>();
  const open = { moves: 0, asides: 0 };
  let closed = false;

  async function say(command: EncodedCommand, kind: "moves" | "asides"): Promise<Said> {
    const { request } = command.out;
    if (closed || request === undefined) return { outcome: "failed", why: "it can't be said over HTTP" };
    if (open[kind] >= OPEN_MAX) return failed("call-busy", `${OPEN_MAX} requests are open`);
    open[kind]++;
    try {
      const called = await caller.call(request, command.out.bytes, {
        freshMs: kind === "moves" ? FRESH_MS : UNHURRIED_MS,
        timeoutMs: command.expects?.timeoutMs ?? ANSWER_MS,
        alone: kind === "moves",
      });
      return closed ? { outcome: "uncertain", why: "closing" } : judged(command, called);
    } finally {
      open[kind]--;
    }
  }

  function failed(code: string, why: string): Said {
    fault({ code, where: "link", message: why });
    return { outcome: code === "call-unanswered" || code === "call-unclear" ? "uncertain" : "failed", why };
  }

  function judged(command: EncodedCommand, called: Called): Said {
    if (called.is !== "answered") return failed(`call-${called.is}`, called.why);
    const { status, payload } = called;
    const heard: Heard = { via: "answer", status, payload };
    answered(heard, command.name);
    const good = status >= 200 && status < 300;
    const means = command.expects?.matches(heard) ?? "ok";
    if (means === "ok" && good) return { outcome: "done", reply: heard };
    if (means === "refused") return { ...failed("call-refused", `refused, status ${status}`), reply: heard };
    // Moved elsewhere, not allowed, not there: nothing was done.
    if (status >= 300 && status < 500) return failed("call-refused", `status ${status}`);
    return failed("call-unclear", `an answer that isn't the one meant, status ${status}`);
  }

  async function repeated(command: EncodedCommand, kind: "moves" | "asides"): Promise<Said> {
    const begun = clock.at();
    // What the loops permitted a second ago isn't permitted any more: a late close would come down on the next car.
    const isLate = () => kind === "moves" && clock.at() - begun > FRESH_MS;
    let said = await say(command, kind);
    for (let more = command.retries; more > 0 && said.outcome !== "done" && said.reply === undefined; more--) {
      if (isLate()) break;
      said = await say(command, kind);
    }
    return said;
  }

  return {
    async ask(command) {
      const { outcome, why = "" } = await repeated(command, "moves");
      if (outcome === "done") return outcome;
      throw new GateError(outcome === "failed" ? "COMMAND_FAILED" : "COMMAND_UNCERTAIN", `${command.name}: ${why}`);
    },
    async converse(command) {
      const { outcome, reply } = await repeated(command, "asides");
      return { outcome, ...(reply === undefined ? {} : { reply }) };
    },
    poll(command, everyMs: Millis, missed) {
      let misses = 0;
      const again = async (): Promise<void> => {
        const { outcome } = await say(command(), "asides");
        misses = outcome === "uncertain" || outcome === "failed" ? misses + 1 : 0;
        if (misses > 0 && !closed) missed(misses);
        if (!closed) sleep();
      };
      const sleep = () => {
        const callOff = clock.wakeAt(clock.at() + everyMs, () => {
          callOffs.delete(callOff);
          void again();
        });
        callOffs.add(callOff);
      };
      sleep();
    },
    close() {
      closed = true;
      for (const callOff of callOffs) callOff();
      caller.close();
    },
  };
}
