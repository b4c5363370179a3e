/**
 * The requests that devices have open. Each is answered once: when its row is on the disk and, where its kind waits for
 * it, a command has taken the answer's place or the time for that is over. What isn't on the disk by the deadline is
 * answered 503, so that the device sends it again, and its command has failed: nothing was opened.
 */
import type { DeviceId, Millis } from "../core/terms.ts";
import type { EncodedCommand, Outgoing } from "../decode/terms.ts";
import type { Outcome } from "./perform.ts";
import type { Clock, RequestAnswer, RequestHeard } from "./ports.ts";

export interface Requests {
  /** Before its reports are given to the loop, which may command the answer in the same turn. */
  begin(device: DeviceId, request: RequestHeard, rules: RequestRules): Opened;
  /** The answer to the newest request of this kind that is open; `failed` when there is none. */
  command(device: DeviceId, command: EncodedCommand): Promise<Outcome>;
  close(): void;
}

export interface RequestRules {
  readonly kind: string;
  /** Made when it is sent, so that it doesn't come before the relay. */
  readonly usual: () => Outgoing | undefined;
  readonly holdMs: Millis | undefined;
  readonly withinMs: Millis;
}

export interface Opened {
  /** Its row is on the disk, or there was nothing to keep. */
  recorded(): void;
}

interface Open {
  readonly device: DeviceId;
  readonly kind: string;
  readonly take: (command: EncodedCommand, done: (outcome: Outcome) => void) => void;
  readonly giveUp: () => void;
  taken: boolean;
}

const OUTCOMES = { sent: "done", gone: "failed", uncertain: "uncertain" } as const;
const TRY_AGAIN: RequestAnswer = {
  status: 503,
  type: "text/plain",
  headers: { "retry-after": "5" },
  body: new Uint8Array(0),
};

export function openRequests(clock: Clock): Requests {
  const open = new Set<Open>();

  function begin(device: DeviceId, request: RequestHeard, rules: RequestRules): Opened {
    const at = clock.at();
    let kept = false;
    let waits = rules.holdMs !== undefined;
    let commanded: { readonly out: Outgoing; readonly done: (outcome: Outcome) => void } | undefined;
    const callOffs = [clock.wakeAt(at + rules.withinMs, () => end(TRY_AGAIN, false))];
    if (rules.holdMs !== undefined) {
      const over = () => {
        waits = false;
        tryAnswer();
      };
      callOffs.push(clock.wakeAt(at + Math.min(rules.holdMs, rules.withinMs), over));
    }

    function tryAnswer(): void {
      if (!kept || (waits && commanded === undefined)) return;
      end(answerOf(commanded?.out ?? rules.usual()), true);
    }

    function end(answer: RequestAnswer, obeyed: boolean): void {
      if (!open.delete(one)) return;
      for (const callOff of callOffs) callOff();
      const done = commanded?.done;
      if (done !== undefined && !obeyed) done("failed");
      void request.answer(answer).then((became) => {
        if (obeyed) done?.(OUTCOMES[became]);
      });
    }

    const one: Open = {
      device,
      kind: rules.kind,
      taken: false,
      take(command, done) {
        one.taken = true;
        commanded = { out: command.out, done };
        tryAnswer();
      },
      giveUp: () => end(TRY_AGAIN, false),
    };
    open.add(one);
    return {
      recorded() {
        kept = true;
        tryAnswer();
      },
    };
  }

  return {
    begin,
    command(device, command) {
      const to = command.out.answer?.to;
      const fitting = [...open].filter((one) => one.device === device && one.kind === to && !one.taken).at(-1);
      if (fitting === undefined) return Promise.resolve("failed");
      return new Promise((done) => fitting.take(command, done));
    },
    close() {
      for (const one of [...open]) one.giveUp();
    },
  };
}

/** What a profile has made, or 200 with nothing. */
export function answerOf(out: Outgoing | undefined): RequestAnswer {
  if (out?.answer === undefined) return { status: 200, type: "", headers: {}, body: new Uint8Array(0) };
  const { status, type, headers } = out.answer;
  return { status, type, headers, body: out.bytes };
}
