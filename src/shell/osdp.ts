/**
 * OSDP readers on one serial line: joins the line with the panel's pure machine, and what it tells with the loop. The
 * machine says what to send and when to be told the time; nothing here waits or decides.
 */
import { GateError } from "../core/fault.ts";
import type { DeviceId, Millis } from "../core/terms.ts";
import type { Args } from "../decode/encode.ts";
import { type BusEvent, deadline, startBus, step } from "../decode/osdp-bus.ts";
import type { BlockCipher } from "../decode/osdp-secure.ts";
import { type Out, type Tools, USUAL_TIMING } from "../decode/osdp-terms.ts";
import { buzzerData, COMMANDS, ledData, outputData, TEXT_MAX, textData } from "../decode/osdp-words.ts";
import type { OsdpProfile } from "../decode/profile.ts";
import { openTold, type ToldDeps } from "./osdp-told.ts";
import type { Outcome } from "./perform.ts";
import type { LinkState, SerialLine } from "./ports.ts";
import type { DeviceState } from "./wall.ts";

/** What a person at the reader is told. */
export type Mood = "granted" | "denied" | "waiting";

export interface OsdpDeps extends ToldDeps {
  readonly line: SerialLine;
  readonly baud: number;
  readonly cipher: BlockCipher;
  /** Unpredictable bytes, for the challenge. */
  readonly draw: (bytes: number) => Uint8Array;
}

export interface OsdpBus {
  /** `pulse` of one of its own relays. @throws GateError COMMAND_UNKNOWN, INPUT_INVALID */
  command(device: DeviceId, name: string, args: Args): Promise<Outcome>;
  /** `say`: a text on its display. @throws GateError COMMAND_UNKNOWN, INPUT_INVALID */
  say(device: DeviceId, name: string, args: Args): Promise<Outcome>;
  /** Shows a decision at the reader, if it is there. */
  show(device: DeviceId, mood: Mood): void;
  has(device: DeviceId): boolean;
  states(): readonly DeviceState[];
  close(): void;
}

/** An opening that couldn't be sent by then is not made any more; nobody looks for a light after so long. */
const PULSE_WITHIN_MS = 1_000;
const SHOW_WITHIN_MS = 2_000;

export function openOsdpBus(deps: OsdpDeps): OsdpBus {
  const { line, clock } = deps;
  const told = openTold(deps);
  const { kept } = told;
  const tools: Tools = { cipher: deps.cipher, draw: deps.draw, timing: timingOf(deps) };
  const events: BusEvent[] = [];
  const answers = new Map<number, (outcome: Outcome) => void>();
  let state = startBus(
    deps.readers.map(({ plan }) => plan),
    clock.at(),
  );
  let link: LinkState = line.state();
  let epoch = 0;
  let lastOrder = 0;
  let callOff: (() => void) | undefined;
  let closed = false;

  /** What carrying out one event brings about (a grant lights the reader's lamp) comes after it, not in the middle of it. */
  function take(event: BusEvent): void {
    events.push(event);
    if (events.length > 1) return;
    for (let one = events[0]; one !== undefined && !closed; one = events[0]) {
      const [next, outs] = step(tools, state, one);
      state = next;
      for (const out of outs) carryOut(out);
      events.shift();
    }
    if (closed) return;
    callOff?.();
    const at = deadline(state);
    callOff = at === undefined ? undefined : clock.wakeAt(at, () => take({ is: "due", at: clock.at() }));
  }

  function carryOut(out: Out): void {
    switch (out.do) {
      case "send":
        // A line that can't take it says so through its state, and a reader that isn't asked is silent.
        line.write(out.bytes).catch(() => undefined);
        return;
      case "answer":
        answers.get(out.order)?.(out.outcome);
        answers.delete(out.order);
        return;
      case "fault":
      case "present":
      case "inputs":
      case "local":
      case "identity":
      case "online":
      case "offline":
      case "distrust":
      case "installed":
        told.take(out, epoch);
    }
  }

  function order(
    device: DeviceId,
    made: { readonly code: number; readonly data: Uint8Array; readonly repeatable: boolean },
    withinMs: Millis,
  ): Promise<Outcome> {
    const at = clock.at();
    const id = ++lastOrder;
    return new Promise((done) => {
      answers.set(id, done);
      take({ is: "order", at, device, order: { id, ...made, until: at + withinMs } });
    });
  }

  function heardAtOf(device: DeviceId): { readonly heardAt?: Millis } {
    const heardAt = state.readers.find(({ plan }) => plan.device === device)?.heardAt;
    return heardAt === undefined ? {} : { heardAt };
  }

  line.onBytes((bytes) => take({ is: "bytes", at: clock.at(), bytes }));
  line.onState((now) => {
    link = now;
    if (now.is === "up") epoch++;
    for (const one of kept.values()) one.last = undefined;
    const why = now.why === undefined ? {} : { why: now.why };
    take({ is: "line", at: clock.at(), up: now.is === "up", ...why });
  });
  if (link.is === "up") take({ is: "line", at: clock.at(), up: true });

  return {
    async command(device, name, args) {
      const one = kept.get(device);
      if (one === undefined) return "failed";
      if (name !== "pulse") throw new GateError("COMMAND_UNKNOWN", `an OSDP reader has no command "${name}"`);
      const data = pulseData(one.profile, args);
      return order(device, { code: COMMANDS.output, data, repeatable: false }, PULSE_WITHIN_MS);
    },
    async say(device, name, { text, ...rest }) {
      const one = kept.get(device);
      if (one === undefined) return "failed";
      const { display, meta } = one.profile;
      if (name !== "say" || display === undefined)
        throw new GateError("COMMAND_UNKNOWN", `${meta.id} has no command "${name}" that shows anything`);
      const data = typeof text === "string" && isEmpty(rest) ? textData(text, display.seconds) : undefined;
      if (data === undefined)
        throw new GateError(
          "INPUT_INVALID",
          `command "say", text: must be 1..${TEXT_MAX} characters of printable ASCII`,
        );
      return order(device, { code: COMMANDS.text, data, repeatable: true }, SHOW_WITHIN_MS);
    },
    show(device, mood) {
      const shown = kept.get(device)?.profile.feedback[mood];
      const show = (code: number, data: Uint8Array) =>
        void order(device, { code, data, repeatable: true }, SHOW_WITHIN_MS);
      if (shown?.led !== undefined) show(COMMANDS.led, ledData(shown.led.led, shown.led));
      if (shown?.buzzer !== undefined) show(COMMANDS.buzzer, buzzerData(shown.buzzer));
    },
    has: (device) => kept.has(device),
    states: () =>
      [...kept.values()].map((one) => ({
        id: one.plan.device,
        link,
        offline: one.offline,
        counts: { heard: one.heard, faults: one.faults, skippedBytes: state.frames.skipped },
        ...heardAtOf(one.plan.device),
      })),
    close() {
      closed = true;
      callOff?.();
      for (const done of answers.values()) done("failed");
      answers.clear();
    },
  };
}

const isEmpty = (rest: Args): boolean => Object.keys(rest).length === 0;

/** One bus, one timing: the slowest reader's, so that none is pressed. */
function timingOf({ baud, readers }: OsdpDeps): Tools["timing"] {
  const slowest = (of: (profile: OsdpProfile) => number) => Math.max(...readers.map(({ profile }) => of(profile)));
  return {
    ...USUAL_TIMING,
    baud,
    pollMs: slowest((profile) => profile.pollMs),
    replyMs: slowest((profile) => profile.replyMs),
    offlineMs: slowest((profile) => profile.offlineMs),
  };
}

function pulseData(profile: OsdpProfile, { channel, ms }: Args): Uint8Array {
  const isChannel = typeof channel === "number" && Number.isInteger(channel) && channel >= 1;
  if (!isChannel || channel > profile.outputs)
    throw new GateError("INPUT_INVALID", `command "pulse", channel: ${profile.meta.id} has ${profile.outputs} of them`);
  if (typeof ms !== "number" || !(ms >= 100 && ms <= 5_000))
    throw new GateError("INPUT_INVALID", 'command "pulse", ms: must be 100..5000');
  return outputData(channel - 1, ms);
}
