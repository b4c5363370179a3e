/**
 * The OSDP bus as its control panel: several readers on one line, one exchange at a time. Pure: (state, event with its
 * time) → [state, what to send and what to tell]. It never sleeps; `deadline` says when to tell it the time.
 *
 *     away → greeting → [challenging → proving →] online ⟲ poll, status, orders      silent ⇒ away, ever later
 *                                  ↳ keying (default key, install mode only) → away
 */
import type { DeviceId, Millis } from "../core/terms.ts";
import type { FrameState } from "./frame-state.ts";
import { hear } from "./osdp-answers.ts";
import { decodePacket, IDLE_MS, packets } from "./osdp-packet.ts";
import { aged, answers, ask, dueAt, goOffline, isRepeatable, leave, newReader, silent } from "./osdp-reader.ts";
import type { Ask, Order, Out, ReaderPlan, ReaderState, ReaderStep, Tools } from "./osdp-terms.ts";

type Line =
  | { readonly is: "down" }
  | { readonly is: "free"; readonly from: Millis }
  /** `latestBy`: even if bytes still come in, so that a babbling line can't hold the bus. */
  | {
      readonly is: "waiting";
      readonly who: number;
      readonly ask: Ask;
      readonly replyBy: Millis;
      readonly latestBy: Millis;
    };

export interface BusState {
  readonly readers: readonly ReaderState[];
  readonly line: Line;
  readonly frames: FrameState;
}

export type BusEvent =
  | { readonly is: "line"; readonly at: Millis; readonly up: boolean; readonly why?: string }
  | { readonly is: "bytes"; readonly at: Millis; readonly bytes: Uint8Array }
  | { readonly is: "order"; readonly at: Millis; readonly device: DeviceId; readonly order: Order }
  | { readonly is: "due"; readonly at: Millis };

export type BusStep = readonly [BusState, readonly Out[]];

/** More orders than a reader could carry out in their time are refused. */
const MOST_ORDERS = 16;
/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;
const LONGEST_REPLY = 300;

export function startBus(plans: readonly ReaderPlan[], at: Millis): BusState {
  return { readers: plans.map((plan) => newReader(plan, at)), line: { is: "down" }, frames: packets.start };
}

/** When to tell it the time; undefined while the line is down. */
export function deadline({ line, readers, frames }: BusState): Millis | undefined {
  switch (line.is) {
    case "down":
      return undefined;
    case "free":
      return Math.max(line.from, Math.min(...readers.map(dueAt)));
    case "waiting":
      return waitUntil(line, frames);
  }
}

function waitUntil(line: Extract<Line, { readonly is: "waiting" }>, frames: FrameState): Millis {
  return Math.min(line.latestBy, Math.max(line.replyBy, packets.deadline(frames) ?? line.replyBy));
}

export function step(tools: Tools, state: BusState, event: BusEvent): BusStep {
  switch (event.is) {
    case "line":
      return event.up ? lineUp(tools, state, event.at) : lineDown(state, event.why ?? "the line is down", event.at);
    case "bytes":
      return then(heard(tools, state, event.bytes, event.at), (next) => advance(tools, next, event.at));
    case "order":
      return then(ordered(state, event.device, event.order), (next) => advance(tools, next, event.at));
    case "due":
      return advance(tools, state, event.at);
  }
}

function then([state, outs]: BusStep, next: (state: BusState) => BusStep): BusStep {
  const [last, more] = next(state);
  return [last, [...outs, ...more]];
}

const placed = (state: BusState, who: number, reader: ReaderState): BusState => ({
  ...state,
  readers: state.readers.with(who, reader),
});

// ── The line ────────────────────────────────────────────────────────────────────────────────────────────────────────
function lineUp(tools: Tools, state: BusState, at: Millis): BusStep {
  const [left, outs] = all(state, (reader) => leave({ ...reader, tries: 0, upAt: at }, at));
  return then([{ ...left, line: { is: "free", from: at } }, outs], (next) => advance(tools, next, at));
}

function lineDown(state: BusState, why: string, at: Millis): BusStep {
  const open = state.line.is === "waiting" ? state.line.ask.order : undefined;
  const [left, outs] = all(state, (reader) => {
    const [gone, failed] = leave(reader, at);
    const [offline, told] = goOffline(gone, why);
    return [offline, [...failed, ...told]];
  });
  return [{ ...left, line: { is: "down" } }, [...answers(open === undefined ? [] : [open], "uncertain"), ...outs]];
}

function all(state: BusState, each: (reader: ReaderState) => ReaderStep): BusStep {
  const steps = state.readers.map(each);
  return [{ ...state, readers: steps.map(([reader]) => reader) }, steps.flatMap(([, outs]) => outs)];
}

// ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────
function ordered(state: BusState, device: DeviceId, order: Order): BusStep {
  const who = state.readers.findIndex((reader) => reader.plan.device === device);
  const reader = state.readers[who];
  if (reader === undefined || reader.phase.is !== "online" || reader.orders.length >= MOST_ORDERS)
    return [state, answers([order], "failed")];
  return [placed(state, who, { ...reader, orders: [...reader.orders, order] }), []];
}

// ── Replies ─────────────────────────────────────────────────────────────────────────────────────────────────────────
function heard(tools: Tools, state: BusState, bytes: Uint8Array, at: Millis): BusStep {
  const [frames, cut, faults] = packets.push(state.frames, bytes, at);
  const told = faults.map(({ code, message }): Out => ({ do: "fault", code, message }));
  return cut.reduce<BusStep>(
    (step, frame) => then(step, (next) => heardPacket(tools, next, frame, at)),
    [{ ...state, frames }, told],
  );
}

function heardPacket(tools: Tools, state: BusState, frame: Uint8Array, at: Millis): BusStep {
  const packet = decodePacket(frame);
  if (packet === undefined)
    return [state, [{ do: "fault", code: "field-invalid", message: "the security block doesn't fit" }]];
  // Our own request, as a converter with an echo gives it back.
  if (!packet.reply) return [state, []];
  const { line } = state;
  const reader = line.is === "waiting" ? state.readers[line.who] : undefined;
  if (line.is !== "waiting" || reader?.plan.address !== packet.address)
    return [state, [{ do: "fault", code: "wrong-device", message: `a reply of ${packet.address}, who wasn't asked` }]];
  const answer = hear(tools, reader, line.ask, packet, at);
  if (answer.is === "ignored") return [placed(state, line.who, answer.step[0]), answer.step[1]];
  const [next, outs] = answer.step;
  return [{ ...placed(state, line.who, next), line: { is: "free", from: at + tools.timing.breathMs } }, outs];
}

// ── Turns ───────────────────────────────────────────────────────────────────────────────────────────────────────────
/** Ends a wait that is over, and asks whoever is due. */
function advance(tools: Tools, state: BusState, at: Millis): BusStep {
  const { line } = state;
  switch (line.is) {
    case "down":
      return [state, []];
    case "free":
      return line.from <= at ? nextTurn(tools, state, at) : [state, []];
    case "waiting":
      if (at < waitUntil(line, state.frames)) return [state, []];
      return timedOut(tools, state, line, at);
  }
}

function timedOut(tools: Tools, state: BusState, line: Extract<Line, { readonly is: "waiting" }>, at: Millis): BusStep {
  const { who, ask: asked } = line;
  if (isRepeatable(asked) && asked.sent <= tools.timing.retries) return send(tools, state, who, asked, at);
  const reader = state.readers[who];
  if (reader === undefined) return [state, []];
  const [next, outs] = silent(tools, reader, asked, at);
  const free: BusState = { ...placed(state, who, next), line: { is: "free", from: at } };
  return then([free, outs], (ready) => advance(tools, ready, at));
}

function nextTurn(tools: Tools, state: BusState, at: Millis): BusStep {
  const [fresh, outs] = all(state, (reader) => aged(tools, reader, at));
  const times = fresh.readers.map(dueAt);
  const who = times.indexOf(Math.min(...times));
  const reader = fresh.readers[who];
  if (reader === undefined || dueAt(reader) > at) return [fresh, outs];
  const [next, asked] = ask(tools, reader, at);
  return then([placed(fresh, who, next), outs], (ready) => send(tools, ready, who, asked, at));
}

function send(tools: Tools, state: BusState, who: number, asked: Ask, at: Millis): BusStep {
  const { baud, replyMs } = tools.timing;
  const replyBy = at + (asked.bytes.length * BITS_PER_BYTE * 1000) / baud + replyMs;
  const latestBy = replyBy + IDLE_MS + (LONGEST_REPLY * BITS_PER_BYTE * 1000) / baud;
  // Whatever half came in before the question is no answer to it; least of all one from before the plug was pulled.
  const frames = { ...packets.start, skipped: state.frames.skipped + state.frames.held.length };
  const line: Line = { is: "waiting", who, ask: { ...asked, sent: asked.sent + 1 }, replyBy, latestBy };
  return [{ ...state, frames, line }, [{ do: "send", bytes: asked.bytes }]];
}
