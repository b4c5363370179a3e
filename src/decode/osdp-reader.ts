/**
 * One reader on the bus, as the control panel sees it: when it is to be asked, what, and what becomes of it when it is
 * silent. What its answers mean stands in `osdp-answers`.
 */
import type { Millis } from "../core/terms.ts";
import { NO_PIN } from "./osdp-credentials.ts";
import { encodePacket } from "./osdp-packet.ts";
import { BLOCKS, sealCommand } from "./osdp-secure.ts";
import type {
  Ask,
  In,
  KeyKind,
  Order,
  OrderOutcome,
  Out,
  Phase,
  ReaderPlan,
  ReaderState,
  ReaderStep,
  Tools,
  What,
} from "./osdp-terms.ts";
import { COMMANDS, keyData } from "./osdp-words.ts";

export function newReader(plan: ReaderPlan, at: Millis): ReaderState {
  const until = plan.security.is === "secure" ? plan.security.installUntil : undefined;
  return {
    plan,
    phase: { is: "away", tryAt: at },
    sequence: 0,
    tries: 0,
    refusals: 0,
    upAt: at,
    badMacs: 0,
    told: "starting",
    orders: [],
    pin: NO_PIN,
    ...(until === undefined ? {} : { installUntil: until }),
  };
}

/** When it is to be asked next; a handshake under way and orders go first. */
export function dueAt(reader: ReaderState): Millis {
  const { held, phase, orders } = reader;
  if (held !== undefined) return held.again;
  if (phase.is === "away") return phase.tryAt;
  if (phase.is !== "online" || orders.length > 0) return Number.NEGATIVE_INFINITY;
  return Math.min(phase.pollAt, phase.statusAt, phase.inputsAt);
}

export const isInstalling = ({ installUntil }: ReaderState, at: Millis): boolean =>
  installUntil !== undefined && at < installUntil;

/** As the security block of the handshake names the key. */
export const keyBit = (key: KeyKind): number => (key === "own" ? 1 : 0);

// ── What it is asked ────────────────────────────────────────────────────────────────────────────────────────────────
/** The request for a reader that is due. A held one goes out again as it was, bit for bit. */
export function ask(tools: Tools, reader: ReaderState, at: Millis): readonly [ReaderState, Ask] {
  const { held, phase } = reader;
  if (held !== undefined) {
    const { held: _, ...free } = reader;
    return [free, held.ask];
  }
  switch (phase.is) {
    case "away": {
      const greeting: Phase = { is: "greeting", step: "identify" };
      return plainly({ ...reader, phase: greeting, sequence: 0 }, at, "identify", COMMANDS.identify, ZERO);
    }
    case "greeting":
      return plainly(reader, at, "capabilities", COMMANDS.capabilities, ZERO);
    case "challenging": {
      const block = [BLOCKS.challenge, keyBit(phase.key)] as const;
      return plainly(reader, at, "challenge", COMMANDS.challenge, phase.rndA, block);
    }
    case "proving": {
      const block = [BLOCKS.serverCryptogram, keyBit(phase.key)] as const;
      return plainly(reader, at, "prove", COMMANDS.serverCryptogram, phase.cryptogram, block);
    }
    case "keying":
      return sealed(tools, reader, phase, at, { what: "key", code: COMMANDS.setKey, data: keyData(phase.newKey) });
    case "online":
      return askOnline(tools, reader, phase, at);
  }
}

const ZERO = Uint8Array.of(0);
const NOTHING = new Uint8Array(0);

interface Request {
  readonly what: What;
  readonly code: number;
  readonly data: Uint8Array;
  readonly order?: Order;
}

function askOnline(tools: Tools, reader: ReaderState, phase: In<"online">, at: Millis): readonly [ReaderState, Ask] {
  const { statusMs, pollMs } = tools.timing;
  const [order, ...orders] = reader.orders;
  const send = (next: In<"online">, request: Request) =>
    sealed(tools, { ...reader, orders, phase: next }, next, at, request);
  if (order !== undefined) return send(phase, { what: "order", code: order.code, data: order.data, order });
  if (phase.statusAt <= at)
    return send(
      { ...phase, statusAt: at + statusMs },
      { what: "local-status", code: COMMANDS.localStatus, data: NOTHING },
    );
  if (phase.inputsAt <= at)
    return send(
      { ...phase, inputsAt: at + statusMs },
      { what: "input-status", code: COMMANDS.inputStatus, data: NOTHING },
    );
  return send({ ...phase, pollAt: at + pollMs }, { what: "poll", code: COMMANDS.poll, data: NOTHING });
}

function plainly(
  reader: ReaderState,
  at: Millis,
  what: What,
  code: number,
  data: Uint8Array,
  secure?: readonly [number, number],
): readonly [ReaderState, Ask] {
  const { sequence, plan } = reader;
  const bytes = encodePacket({
    address: plan.address,
    sequence,
    code,
    data,
    ...(secure === undefined ? {} : { secure }),
  });
  return [
    { ...reader, sequence: after(sequence) },
    { what, bytes, sequence, sent: 0, firstAt: at },
  ];
}

/** In the phase's session, where it has one; else in clear. */
function sealed(
  tools: Tools,
  reader: ReaderState,
  phase: In<"online" | "keying">,
  at: Millis,
  request: Request,
): readonly [ReaderState, Ask] {
  const { what, code, data, order } = request;
  const [next, plain] = plainly(reader, at, what, code, data);
  const ordered = order === undefined ? {} : { order };
  if (phase.session === undefined) return [next, { ...plain, ...ordered }];
  const { sequence, plan } = reader;
  const [session, bytes] = sealCommand(tools.cipher, phase.session, { address: plan.address, sequence, code, data });
  return [next, { ...plain, ...ordered, bytes, session }];
}

const after = (sequence: number): number => (sequence === 3 ? 1 : sequence + 1);

/** What may go out a second time with the same sequence number. Whoever greets anew waits for the next turn instead. */
export function isRepeatable({ what, order }: Ask): boolean {
  if (what === "identify" || what === "key") return false;
  return order === undefined || order.repeatable;
}

// ── What becomes of it ──────────────────────────────────────────────────────────────────────────────────────────────
export function answers(orders: readonly Order[], outcome: OrderOutcome): readonly Out[] {
  return orders.map(({ id }) => ({ do: "answer", order: id, outcome }));
}

/** What time alone changes: orders that are too late for anybody to carry out, and a reader that is gone for too long. */
export function aged(tools: Tools, reader: ReaderState, at: Millis): ReaderStep {
  const late = reader.orders.filter((order) => order.until < at);
  const orders = late.length === 0 ? reader.orders : reader.orders.filter((order) => order.until >= at);
  const missedSince = Math.max(reader.upAt, reader.heardAt ?? reader.upAt);
  const isGone = reader.phase.is !== "online" && at - missedSince >= tools.timing.offlineMs;
  const [next, told] =
    isGone && reader.told !== "distrusted"
      ? goOffline({ ...reader, orders }, "no answer")
      : [{ ...reader, orders }, []];
  return [next, [...answers(late, "failed"), ...told]];
}

/** Its connection is over; it is looked for at `tryAt`. What it was to do is not done later: it failed. */
export function leave(reader: ReaderState, tryAt: Millis): ReaderStep {
  const { held, ...rest } = reader;
  const open = held?.ask.order;
  const outs = [...(open === undefined ? [] : answers([open], "failed")), ...answers(reader.orders, "failed")];
  return [{ ...rest, phase: { is: "away", tryAt }, sequence: 0, orders: [], pin: NO_PIN }, outs];
}

/** It didn't answer `asked`, however often it was asked. */
export function silent(tools: Tools, reader: ReaderState, asked: Ask, at: Millis): ReaderStep {
  const { awayMs, awayLongestMs } = tools.timing;
  const wasOnline = reader.phase.is === "online";
  const tries = wasOnline ? 0 : reader.tries + 1;
  const tryAt = wasOnline ? at : at + Math.min(awayLongestMs, awayMs * 2 ** Math.min(tries - 1, 16));
  const [left, outs] = leave(reader, tryAt);
  const uncertain = asked.order === undefined ? [] : answers([asked.order], "uncertain");
  return [{ ...left, tries }, [...uncertain, ...outs]];
}

export function goOffline(reader: ReaderState, why: string): ReaderStep {
  if (reader.told === "offline") return [reader, []];
  return [{ ...reader, told: "offline" }, [{ do: "offline", device: reader.plan.device, why }]];
}

/** It is not, or can't prove to be, ours: nothing it says counts, and an alarm tells. Asked again after a while. */
export function distrust(tools: Tools, reader: ReaderState, why: string, at: Millis): ReaderStep {
  // In install mode a technician stands before it.
  const pause = isInstalling(reader, at) ? tools.timing.awayMs : tools.timing.distrustMs;
  const [left, outs] = leave(reader, at + pause);
  if (reader.told === "distrusted") return [left, outs];
  const { device } = reader.plan;
  const told: readonly Out[] = [
    { do: "distrust", device, why },
    { do: "offline", device, why },
  ];
  return [{ ...left, told: "distrusted" }, [...outs, ...told]];
}
