/**
 * Store and forward: reads the journal by number and sends what is durable, alarms first, each stream in order, as much
 * at once as the window allows. In small slices, so that a decision never waits for it; whatever the platform does, the
 * worst that happens here is nothing. There is no queue: after any interruption it reads on from its cursors.
 */
import type { Clock, LinkState, OpenRow, OpenRows, Parcel, PlatformLine } from "../shell/ports.ts";
import { type Told, topicOf } from "./contract.ts";
import { openGrants } from "./grants.ts";
import { type Codes, type Link, type StreamName, streamOf, toldOf } from "./records.ts";
import { type Cursor, linkBefore, openStream, type Stream } from "./stream.ts";

export type Cursors = Readonly<Record<StreamName, Cursor>>;

export interface ForwardSettings {
  /** Messages sent and not yet taken by the broker, at the most. */
  readonly window: number;
  /** Whose word moves the cursor. */
  readonly by: "puback" | "receipt";
  /** A broker without a subscriber says so (reason 0x10) and keeps nothing: `wait` until somebody listens. */
  readonly unheard: "wait" | "accept";
}

export interface ForwardDeps {
  readonly settings: ForwardSettings;
  readonly codes: Codes;
  readonly rows: OpenRows;
  readonly line: PlatformLine;
  readonly clock: Pick<Clock, "at" | "wakeAt">;
  readonly durableSeq: () => number;
  /** A plate as the site may tell it. */
  readonly plateOf: (row: OpenRow) => string | undefined;
  /** Runs it after whatever has come in meanwhile. */
  readonly soon: (then: () => void) => void;
  readonly cursors: Cursors;
  readonly keep: (cursors: Cursors) => void;
}

export interface Forwarder {
  /** There may be more to send. */
  wake(): void;
  /** A message beside the streams. False: not now. `then` once the broker has taken it. */
  post(told: Told, then?: () => void, retain?: true): boolean;
  /** What the platform says it has stored. */
  receipt(stream: StreamName, seq: number): void;
  /** Sends this record and those after it once more, as soon as nothing is on its way. False: there is no such record. */
  resend(stream: StreamName, fromSeq: number): boolean;
  /** What the platform says it has got by hand: this message and every one before it in the stream. False: known already. */
  carried(stream: StreamName, upTo: Link): boolean;
  cursors(): Cursors;
  /** Rows not yet done with, and what the platform does about it, when it isn't well. */
  state(): { readonly waiting: number; readonly trouble?: string };
  close(): void;
}

const SLICE_MS = 1;
const ROWS_A_READ = 24;
/** Rows that are looked over in one read; none but the stream's own are fetched. */
const ROWS_A_SCAN = 400;
/** Always kept free for alarms. */
const ALARMS_RESERVE = 8;
const NO_ANSWER_MS = 20_000;
const FIRST_RECEIPT_MS = 30_000;
const LONGEST_RECEIPT_MS = 600_000;
const RECEIPT_WINDOWS = 8;
const READ_AGAIN_MS = 5_000;
const LAST_NUMBER = 60_000;
const UNHEARD = 0x10;

export function openForwarder(deps: ForwardDeps): Forwarder {
  const { line, clock, settings, codes, rows } = deps;
  const streams: readonly [Stream, Stream] = [
    openStream("alarm", deps.cursors.alarm, settings.by),
    openStream("event", deps.cursors.event, settings.by),
  ];
  const grants = openGrants(deps.plateOf);
  const posted = new Map<number, (() => void) | undefined>();
  const owners = new Map<number, Stream>();
  let number = 0;
  let up = line.state().is === "up";
  /** Rows up to this one were there before the line was. */
  let before = deps.durableSeq();
  let pumping = false;
  let closed = false;
  let trouble: string | undefined;
  let heardAt = clock.at();
  let callOff: (() => void) | undefined;
  let receiptMs = FIRST_RECEIPT_MS;
  let receiptAt = clock.at();
  const resends = new Map<StreamName, Cursor>();

  function fresh(): number {
    do number = (number % LAST_NUMBER) + 1;
    while (owners.has(number) || posted.has(number));
    return number;
  }

  function wake(): void {
    if (pumping || closed || !up) return;
    pumping = true;
    deps.soon(slice);
  }

  function slice(): void {
    pumping = false;
    if (closed || !up) return;
    const end = clock.at() + SLICE_MS;
    if (resends.size > 0 && !restarted()) return watch();
    try {
      while (clock.at() < end) {
        const stream = streams.find((one) => hasWork(one));
        if (stream === undefined) return watch();
        if (!advance(stream)) return watch();
      }
    } catch (cause) {
      // The journal can't be read just now; the gate has its own ways of telling that.
      trouble = cause instanceof Error ? cause.message : String(cause);
      clock.wakeAt(clock.at() + READ_AGAIN_MS, wake);
      return watch();
    }
    wake();
  }

  /** An answer that is still to come must not count for another message under the same number. */
  function restarted(): boolean {
    if (owners.size > 0) return false;
    for (const stream of streams) {
      const from = resends.get(stream.name);
      if (from !== undefined && from.upTo < stream.cursor().upTo) stream.restart(from);
      else stream.rewind();
    }
    resends.clear();
    keep();
    return true;
  }

  function hasWork(stream: Stream): boolean {
    if (stream.scanned() >= deps.durableSeq()) return false;
    if (stream.open() >= settings.window * (settings.by === "receipt" ? RECEIPT_WINDOWS : 1)) return false;
    return room(stream) > 0;
  }

  const window = (): number => Math.min(settings.window, line.limits().inFlight);
  const room = (stream: Stream): number => {
    const all = window();
    return all - owners.size - posted.size - (stream.name === "alarm" ? 0 : Math.min(ALARMS_RESERVE, all >> 2));
  };

  /** Reads a few rows and sends what is in them. False: the line takes no more for now. */
  function advance(stream: Stream): boolean {
    const from = stream.scanned();
    const upTo = Math.min(deps.durableSeq(), from + ROWS_A_SCAN);
    const most = Math.min(room(stream), ROWS_A_READ);
    if (stream.name === "event") grants.warm(from, rows);
    const found = stream.name === "alarm" ? rows.alarms(from, upTo, most) : rows.events(from, upTo, most);
    // What isn't there is looked over: other kinds of rows, and numbers that damage took.
    return sendAll(stream, found, found.length < most ? upTo : (found.at(-1)?.seq ?? upTo));
  }

  function sendAll(stream: Stream, found: readonly OpenRow[], upTo: number): boolean {
    const parcels: Parcel[] = [];
    const links: Link[] = [];
    let link = stream.link();
    for (const row of found) {
      if (stream.name === "event") grants.note(row);
      if (streamOf(row) !== stream.name) continue;
      const told = toldOf(row, {
        codes,
        before: link,
        grant: grants.of(row),
        plate: grants.plateOf(row),
        waited: row.seq <= before,
      });
      if (told === undefined) continue;
      const parcel = parcelOf(told, fresh());
      if (!fits(parcel)) return false;
      owners.set(parcel.number, stream);
      parcels.push(parcel);
      link = { seq: row.seq, hash: row.hash };
      links.push(link);
    }
    if (parcels.length > 0 && !line.send(parcels)) {
      for (const parcel of parcels) owners.delete(parcel.number);
      return false;
    }
    for (const [n, parcel] of parcels.entries()) {
      const sent = links[n];
      if (sent !== undefined) stream.sent(sent, parcel.number);
    }
    const moved = stream.cursor().upTo;
    stream.pass(upTo);
    if (stream.cursor().upTo !== moved) keep();
    return true;
  }

  function parcelOf(told: Told, as: number): Parcel {
    return {
      topic: topicOf(told.message.site, told.message.gate, told.on),
      payload: JSON.stringify(told.message),
      number: as,
    };
  }

  function fits(parcel: Parcel): boolean {
    const bytes = Buffer.byteLength(parcel.payload) + Buffer.byteLength(parcel.topic) + 16;
    if (bytes <= line.limits().bytes) return true;
    drop(`the platform's broker takes ${line.limits().bytes} bytes in one message, ours has ${bytes}`);
    return false;
  }

  function drop(why: string): void {
    trouble = why;
    line.drop(why);
  }

  function cursors(): Cursors {
    return { alarm: streams[0].cursor(), event: streams[1].cursor() };
  }
  const keep = () => deps.keep(cursors());

  /** Silence is a broken line: what is in flight is sent again over the next one. */
  function watch(): void {
    if (callOff !== undefined || closed || (owners.size === 0 && open() === 0)) return;
    callOff = clock.wakeAt(clock.at() + Math.min(NO_ANSWER_MS, receiptMs), () => {
      callOff = undefined;
      if (!up) return;
      const now = clock.at();
      if (owners.size > 0 && now - heardAt >= NO_ANSWER_MS) return drop("the platform's broker doesn't answer");
      if (settings.by === "receipt" && owners.size === 0 && open() > 0 && now - receiptAt >= receiptMs) {
        trouble = "the platform has not said what it has stored; sent again";
        receiptMs = Math.min(LONGEST_RECEIPT_MS, receiptMs * 2);
        receiptAt = now;
        again();
      }
      watch();
    });
  }
  const open = () => streams[0].open() + streams[1].open();

  function again(): void {
    owners.clear();
    for (const stream of streams) stream.rewind();
    wake();
  }

  line.onState((state: LinkState) => {
    const now = state.is === "up";
    if (now === up) return;
    up = now;
    // Whoever waited for an answer asks again.
    posted.clear();
    heardAt = clock.at();
    receiptAt = clock.at();
    if (up) before = deps.durableSeq();
    again();
  });
  line.onDrain(wake);
  line.onAnswer((which, reason) => {
    heardAt = clock.at();
    const stream = owners.get(which);
    const isPost = posted.has(which);
    if (stream === undefined && !isPost) return;
    const unheard = reason === UNHEARD && settings.unheard === "wait";
    const post = posted.get(which);
    posted.delete(which);
    if (reason >= 0x80 || (unheard && stream !== undefined)) return drop(refusal(reason));
    if (unheard) return; // a retained one is kept all the same; a quarter's counts are told again
    trouble = undefined;
    post?.();
    owners.delete(which);
    if (stream?.answer(which) === true) keep();
    wake();
  });
  wake();

  return {
    wake,
    post(told, then, retain) {
      if (!up || closed || owners.size + posted.size >= window()) return false;
      const parcel = parcelOf(told, fresh());
      if (Buffer.byteLength(parcel.payload) + 256 > line.limits().bytes) {
        trouble = `the platform's broker takes ${line.limits().bytes} bytes in one message; a ${told.on} doesn't fit`;
        return false;
      }
      if (!line.send([retain === undefined ? parcel : { ...parcel, retain }])) return false;
      posted.set(parcel.number, then);
      return true;
    },
    receipt(name, seq) {
      const stream = streams.find((one) => one.name === name);
      if (stream?.stored(seq) !== true) return;
      receiptAt = clock.at();
      receiptMs = FIRST_RECEIPT_MS;
      keep();
      wake();
    },
    resend(name, fromSeq) {
      if (fromSeq > deps.durableSeq()) return false;
      const known = resends.get(name);
      if (known === undefined || fromSeq - 1 < known.upTo)
        resends.set(name, { upTo: fromSeq - 1, link: linkBefore(name, fromSeq, rows) });
      wake();
      return true;
    },
    carried(name, upTo) {
      const stream = streams.find((one) => one.name === name);
      if (stream?.carried(upTo) !== true) return false;
      keep();
      wake();
      return true;
    },
    cursors,
    state() {
      const done = Math.min(streams[0].cursor().upTo, streams[1].cursor().upTo);
      const waiting = Math.max(0, deps.durableSeq() - done);
      return { waiting, ...(trouble === undefined ? {} : { trouble }) };
    },
    close() {
      closed = true;
      callOff?.();
    },
  };
}

/** What the platform's broker says, for the technician. */
function refusal(reason: number): string {
  switch (reason) {
    case UNHEARD:
      return "nobody on the platform subscribes to our topics, so its broker would keep nothing (MQTT 0x10); waiting";
    case 0x87:
      return "the platform's broker doesn't let us publish under our site and gate code (MQTT 0x87)";
    case 0x95:
      return "the platform's broker finds a message too large (MQTT 0x95)";
    case 0x97:
      return "the platform's broker has no room for us: quota exceeded (MQTT 0x97)";
    default:
      return `the platform's broker refuses a message (MQTT 0x${reason.toString(16)})`;
  }
}
