/** A pseudo-terminal of our own, for the simulator and for machines without socat: libc's posix_openpt through koffi. */
import { closeSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import koffi from "koffi";
import { GateError } from "../core/fault.ts";

export interface Pty {
  /** What a program opens as its serial port. */
  readonly path: string;
  write(bytes: Uint8Array): void;
  onBytes(hear: (bytes: Uint8Array) => void): void;
  close(): void;
}

const O_RDWR = 2;
const O_NOCTTY = 0o400;
/** Not for programs that we start: one that holds our end open would keep a pulled plug in its socket. */
const O_CLOEXEC = 0o2000000;

/** @throws GateError SERIAL_UNAVAILABLE when the system has no more of them. */
export function openPty(): Pty {
  const libc = koffi.load("libc.so.6");
  const openpt = libc.func("int posix_openpt(int flags)");
  const grant = libc.func("int grantpt(int fd)");
  const unlock = libc.func("int unlockpt(int fd)");
  const nameOf = libc.func("const char *ptsname(int fd)");
  const open = libc.func("int open(const char *path, int flags)");
  const raw = libc.func("void cfmakeraw(_Inout_ uint8_t *termios)");
  const get = libc.func("int tcgetattr(int fd, _Out_ uint8_t *termios)");
  const set = libc.func("int tcsetattr(int fd, int when, const uint8_t *termios)");

  const fd: number = openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || grant(fd) !== 0 || unlock(fd) !== 0)
    throw new GateError("SERIAL_UNAVAILABLE", "no pseudo-terminal to be had");
  const path: string = nameOf(fd);
  // Held open by us too, so that the other program's coming and going is no hang-up; raw, so that bytes stay bytes.
  const held: number = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  const termios = new Uint8Array(128);
  get(held, termios);
  raw(termios);
  set(held, 0, termios);
  const input = new ReadStream(fd);
  input.on("error", () => undefined); // EIO: the other end has gone; nothing to hear
  return {
    path,
    write(bytes) {
      try {
        writeSync(fd, bytes);
      } catch (cause) {
        // The line's buffer is full, or nobody has it open: what a wire does with bytes nobody reads.
        if (!(cause instanceof Error && "code" in cause && (cause.code === "EAGAIN" || cause.code === "EIO")))
          throw cause;
      }
    },
    onBytes: (hear) => void input.on("data", hear),
    close() {
      input.destroy();
      closeSync(held);
    },
  };
}
