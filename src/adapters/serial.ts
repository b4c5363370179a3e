/** A serial port that comes back by itself. Bytes in, bytes out; frames are cut elsewhere. */
import { type Stats, stat, statSync } from "node:fs";
import { SerialPort } from "serialport";
import { GateError } from "../core/fault.ts";
import type { LinkState, SerialLine, SerialSettings } from "../shell/ports.ts";

export interface SerialDeps {
  readonly now: () => number;
  /** 0..1; full jitter, so that twelve ports behind one hub don't come back in step. */
  readonly random: () => number;
}

const FIRST_MS = 250;
const LONGEST_MS = 10_000;
const LOOK_MS = 500;
const JAMMED = "it takes no bytes";
/** Bytes that the line hasn't taken by then go nowhere: an opening that waited longer is too old (conversation.ts). */
const JAMMED_MS = 1_000;

export function openSerial(settings: SerialSettings, deps: SerialDeps): SerialLine {
  const hearers: ((bytes: Uint8Array) => void)[] = [];
  const states: ((state: LinkState) => void)[] = [];
  let state: LinkState = { is: "starting", since: deps.now() };
  let port: SerialPort | undefined;
  let again: NodeJS.Timeout | undefined;
  let looking: NodeJS.Timeout | undefined;
  let tries = 0;
  let closed = false;

  function tell(is: LinkState["is"], why?: string): void {
    if (state.is === is && is !== "up") return;
    state = { is, since: deps.now(), ...(why === undefined ? {} : { why }) };
    for (const each of states) each(state);
  }

  function open(): void {
    again = undefined;
    const { path, baud, dataBits, parity, stopBits } = settings;
    const opening = new SerialPort({ path, baudRate: baud, dataBits, parity, stopBits, autoOpen: false });
    opening.on("data", (bytes: Buffer) => {
      if (port === opening) for (const each of hearers) each(bytes);
    });
    opening.on("error", (error) => lost(opening, error.message));
    opening.on("close", () => lost(opening, "unplugged"));
    opening.open((error) => {
      if (error !== null) return lost(opening, error.message);
      if (closed) return void opening.close();
      port = opening;
      tries = 0;
      lookAfter(opening);
      tell("up");
    });
  }

  /**
   * A line that is unplugged while bytes come in reads as empty for ever, and serialport (13) reads on and on without a
   * word. The kernel takes the device's node away, so we look whether it is still the one that was opened.
   */
  function lookAfter(opened: SerialPort): void {
    const node = nodeAt(settings.path);
    looking = setInterval(() => {
      stat(settings.path, (error, found) => {
        if (port === opened && (error !== null || node === undefined || !isSame(node, found)))
          lost(opened, "unplugged");
      });
    }, LOOK_MS);
  }

  function lost(which: SerialPort, why: string): void {
    if (closed || again !== undefined || (port !== undefined && port !== which)) return;
    port = undefined;
    clearInterval(looking);
    tell("down", `${settings.path}: ${why}`);
    // Flushed first: what lies in the system's buffer would go out whenever the line takes it again.
    if (which.isOpen) which.flush(() => which.close(() => undefined));
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries++);
    again = setTimeout(open, deps.random() * longest);
  }

  open();
  return {
    onBytes: (each) => void hearers.push(each),
    onState: (each) => void states.push(each),
    state: () => state,
    write(bytes) {
      const at = port;
      if (at === undefined) return Promise.reject(new GateError("SERIAL_LOST", `${settings.path} is down`));
      return new Promise((done, fail) => {
        const missed = (why: string, cause?: Error) =>
          fail(new GateError("SERIAL_LOST", `${settings.path}: ${why}`, { cause }));
        const jammed = () => {
          lost(at, JAMMED);
          missed(JAMMED);
        };
        let look: NodeJS.Immediate | undefined;
        // Looked at once more after what has ended meanwhile is known: we ourselves may have stood still.
        const late = setTimeout(() => {
          look = setImmediate(jammed);
        }, JAMMED_MS);
        at.write(Buffer.from(bytes), (error) => {
          clearTimeout(late);
          clearImmediate(look);
          if (error != null) missed(error.message, error);
          else done();
        });
      });
    },
    async close() {
      closed = true;
      clearTimeout(again);
      clearInterval(looking);
      tell("closed");
      const at = port;
      port = undefined;
      if (at?.isOpen === true) await new Promise<void>((done) => at.close(() => done()));
    },
  };
}

function nodeAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined; // gone again between opening and looking: the first look says so
  }
}

const isSame = (one: Stats, other: Stats) => one.ino === other.ino && one.dev === other.dev && one.rdev === other.rdev;
