/**
 * GPIO by the character device, version 2: libc's ioctl through koffi, edges through epoll. The kernel lends a line to
 * one program only, makes it an inactive output in one call, and debounces inputs itself.
 */
import { closeSync, constants, openSync, readdirSync, readSync, realpathSync } from "node:fs";
import { constants as system } from "node:os";
import { join } from "node:path";
import { Epoll } from "epoll";
import koffi from "koffi";
import { GateError } from "../core/fault.ts";
import type { GpioInputSettings } from "../shell/ports.ts";
import { type Chip, chosenChip } from "./gpio-chips.ts";
import { errnoOf, type InputLine, type Lines, lineFault, type OutputLine } from "./gpio-lines.ts";
import {
  chipOf,
  consumerOf,
  eventLevels,
  FLAG,
  isUsed,
  type LineWish,
  lineInfoRequest,
  lineLevel,
  lineRequest,
  lineValues,
  REQUEST,
  requestedFd,
  SIZES,
} from "./gpio-structs.ts";

const CONSUMER = "gatepost";
/** Events taken by one read; what is more stays for the next. */
const EVENTS_AT_ONCE = 64;

/** One ioctl(2) on an open file; the answer is written into `bytes`. @throws its errno's name */
export type Ioctl = (fd: number, request: number, bytes: Buffer) => void;

export function systemIoctl(): Ioctl {
  const ioctl = koffi.load("libc.so.6").func("int ioctl(int fd, unsigned long request, void *argument)");
  return (fd, request, bytes) => {
    const answer: unknown = ioctl(fd, request, bytes);
    if (answer === 0) return;
    const errno = koffi.errno();
    const name = Object.entries(system.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
    throw Object.assign(new Error(name), { code: name });
  };
}

interface DeviceChip extends Chip {
  readonly path: string;
}

/** Whether there is a GPIO device at all, readable or not. */
export function hasChardev(dev = "/dev"): boolean {
  return deviceNames(dev).length > 0;
}

function deviceNames(dev: string): readonly string[] {
  return readdirSync(dev).filter((name) => /^gpiochip\d+$/.test(name));
}

/**
 * The lines of one chip. The device is opened anew for each line, so that a chip that was unplugged is found again.
 * @throws GateError GPIO_UNAVAILABLE when the chip isn't there, may not be opened or knows only version 1
 */
export function openChardev(wanted: string | undefined, dev = "/dev", ioctl: Ioctl = systemIoctl()): Lines {
  const find = (): DeviceChip => chosenChip(deviceChips(dev, ioctl), wanted, dev);
  const { label, lines: count, path } = find();
  const place = `${path} [${label}]`;
  onChip(path, (fd) =>
    attempt(place, "use version 2 of the interface", () => ioctl(fd, REQUEST.lineInfo, lineInfoRequest(0))),
  );

  function request(wish: LineWish): number {
    const chip = find();
    const at = `${chip.path} [${chip.label}] line ${wish.offset}`;
    const bytes = lineRequest(wish);
    return onChip(chip.path, (fd) => {
      try {
        ioctl(fd, REQUEST.line, bytes);
      } catch (cause) {
        throw lineFault(errnoOf(cause), at, "take the line", userOf(fd, wish.offset));
      }
      return requestedFd(bytes);
    });
  }
  function userOf(fd: number, offset: number): string {
    const info = lineInfoRequest(offset);
    ioctl(fd, REQUEST.lineInfo, info);
    return consumerOf(info);
  }
  return {
    backend: "character-device",
    place,
    count,
    output(offset, activeLow) {
      const flags = FLAG.output | (activeLow ? FLAG.activeLow : 0n);
      const fd = request({ offset, consumer: CONSUMER, flags, level: false });
      return outputLine(fd, `${place} line ${offset}`, ioctl);
    },
    input: (settings, changed) => inputLine(settings, changed, request, `${place} line ${settings.offset}`, ioctl),
  };
}

function outputLine(fd: number, place: string, ioctl: Ioctl): OutputLine {
  return {
    set: (active) => attempt(place, "set the line", () => ioctl(fd, REQUEST.setValues, lineValues(active))),
    close: () => closeSync(fd),
  };
}

function inputLine(
  settings: GpioInputSettings,
  changed: (levels: readonly boolean[]) => void,
  request: (wish: LineWish) => number,
  place: string,
  ioctl: Ioctl,
): InputLine {
  const { offset, activeLow, bias, debounceMs } = settings;
  const pull = { up: FLAG.biasUp, down: FLAG.biasDown, none: FLAG.biasOff }[bias];
  const flags = FLAG.input | pull | (activeLow ? FLAG.activeLow : 0n);
  const { fd, notifies } = edged(() =>
    request({ offset, consumer: CONSUMER, flags: flags | FLAG.edgeRising | FLAG.edgeFalling, debounceMs }),
  ) ?? { fd: request({ offset, consumer: CONSUMER, flags }), notifies: false };
  const events = Buffer.alloc(SIZES.lineEvent * EVENTS_AT_ONCE);
  let broken: GateError | undefined;
  const poller = new Epoll((error) => {
    let levels: readonly boolean[] = [];
    try {
      if (error instanceof Error) throw error;
      levels = eventLevels(events, readSync(fd, events, 0, events.length, null));
    } catch (cause) {
      // A chip that was pulled out wakes us for ever, and a line whose changes we miss isn't ours: it is taken anew.
      poller.remove(fd);
      broken = lineFault(errnoOf(cause), place, "hear the line's changes");
    }
    changed(levels);
  });
  if (notifies) {
    try {
      poller.add(fd, Epoll.EPOLLIN);
    } catch (cause) {
      closeSync(fd);
      throw lineFault(errnoOf(cause), place, "listen to the line");
    }
  }
  return {
    notifies,
    debounces: notifies,
    read() {
      if (broken !== undefined) throw broken;
      const bytes = lineValues(false);
      attempt(place, "read the line", () => ioctl(fd, REQUEST.getValues, bytes));
      return lineLevel(bytes);
    },
    close() {
      if (!poller.closed) poller.close();
      closeSync(fd);
    },
  };
}

/** A chip without interrupts refuses edges; the line is polled then. */
function edged(request: () => number): { readonly fd: number; readonly notifies: boolean } | undefined {
  try {
    return { fd: request(), notifies: true };
  } catch (cause) {
    const errno = cause instanceof GateError ? cause.context.errno : undefined;
    if (errno === "ENXIO" || errno === "EINVAL" || errno === "EOPNOTSUPP" || errno === "ENOTSUP") return undefined;
    throw cause;
  }
}

function deviceChips(dev: string, ioctl: Ioctl): readonly DeviceChip[] {
  // Raspberry Pi OS links gpiochip4 to gpiochip0: one chip, two names.
  const paths = new Set(deviceNames(dev).map((name) => realpathSync(join(dev, name))));
  return [...paths].map((path) => {
    const bytes = Buffer.alloc(SIZES.chipInfo);
    onChip(path, (fd) => attempt(path, "ask the chip", () => ioctl(fd, REQUEST.chipInfo, bytes)));
    return { ...chipOf(bytes), path };
  });
}

function onChip<T>(path: string, use: (fd: number) => T): T {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR);
  } catch (cause) {
    throw lineFault(errnoOf(cause), path, "open the chip");
  }
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function attempt(place: string, doing: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    throw lineFault(errnoOf(cause), place, doing);
  }
}

/** Who has which of these lines, asked without taking one; "" = free. @throws GateError GPIO_UNAVAILABLE, GPIO_FAILED */
export function lineUsers(
  wanted: string | undefined,
  offsets: readonly number[],
  dev = "/dev",
  ioctl: Ioctl = systemIoctl(),
): readonly { readonly offset: number; readonly by: string | undefined }[] {
  const { path, label, lines } = chosenChip(deviceChips(dev, ioctl), wanted, dev);
  return onChip(path, (fd) =>
    offsets.map((offset) => {
      // Beyond the chip's end: nobody's, and nobody can have it.
      if (offset >= lines) return { offset, by: undefined };
      const info = lineInfoRequest(offset);
      attempt(`${path} [${label}] line ${offset}`, "ask about the line", () => ioctl(fd, REQUEST.lineInfo, info));
      return { offset, by: isUsed(info) ? consumerOf(info) || "?" : "" };
    }),
  );
}
