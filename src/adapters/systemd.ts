/**
 * sd_notify(3): readiness, a line of status, and the watchdog. The protocol is one datagram to a unix socket, which
 * node can't open, so libc does. The watchdog is fed only by a canary that went through the real path.
 */
import koffi from "koffi";

export interface Systemd {
  /** False when nobody asked to be notified: everything below then does nothing. */
  readonly asked: boolean;
  ready(): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  stopping(): void;
  /**
   * Feeds the watchdog at a third of its time as long as `canary` says true. A canary that says false, throws or
   * doesn't answer in time feeds nothing, and systemd restarts us. Returns how to end it.
   */
  watchdog(canary: () => boolean | Promise<boolean>): () => void;
}

export interface SystemdSettings {
  /** `NOTIFY_SOCKET`: a path, or `@name` in the abstract namespace. */
  readonly socket?: string | undefined;
  /** `WATCHDOG_USEC`, and `WATCHDOG_PID` when it names another process. */
  readonly watchdogUs?: string | undefined;
  readonly watchdogPid?: string | undefined;
}

/** @param settings this process's environment by default */
export function openSystemd(
  settings: SystemdSettings = {
    socket: process.env.NOTIFY_SOCKET,
    watchdogUs: process.env.WATCHDOG_USEC,
    watchdogPid: process.env.WATCHDOG_PID,
  },
): Systemd {
  const { socket } = settings;
  const tell = socket === undefined || socket === "" ? undefined : datagrams(socket);
  const periodMs = watchdogMs(settings) / 3;
  return {
    asked: tell !== undefined,
    ready: () => tell?.("READY=1"),
    status: (text) => tell?.(`STATUS=${text.replace(/[\r\n]+/g, " ")}`),
    stopping: () => tell?.("STOPPING=1"),
    watchdog(canary) {
      if (tell === undefined || !(periodMs > 0)) return () => undefined;
      return feed(canary, () => tell("WATCHDOG=1"), periodMs);
    },
  };
}

function watchdogMs({ watchdogUs, watchdogPid }: SystemdSettings): number {
  if (watchdogPid !== undefined && watchdogPid !== "" && Number(watchdogPid) !== process.pid) return 0;
  const micros = Number(watchdogUs ?? 0);
  return Number.isFinite(micros) && micros > 0 ? micros / 1000 : 0;
}

function feed(canary: () => boolean | Promise<boolean>, tell: () => void, periodMs: number): () => void {
  let asking = false;
  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      if (await canary()) tell();
    } catch {
      // A canary that throws is a dead canary: saying nothing is the message.
    } finally {
      asking = false;
    }
  }
  void ask();
  const timer = setInterval(() => void ask(), periodMs);
  return () => clearInterval(timer);
}

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_NOSIGNAL_DONTWAIT = 0x4000 | 0x40;

/** One datagram per message. A message that can't be sent is dropped, as sd_notify's callers do: it is never worth a crash. */
function datagrams(path: string): (message: string) => void {
  const libc = koffi.load("libc.so.6");
  const socket = libc.func("int socket(int, int, int)");
  const sendto = libc.func("long sendto(int, const void *, size_t, int, const void *, unsigned int)");
  const close = libc.func("int close(int)");
  const address = socketAddress(path);
  return (message) => {
    const opened: unknown = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (typeof opened !== "number" || opened < 0) return;
    const bytes = Buffer.from(message, "utf8");
    sendto(opened, bytes, bytes.length, MSG_NOSIGNAL_DONTWAIT, address, address.length);
    close(opened);
  };
}

/** `struct sockaddr_un`: family (host order), then the path; an abstract name begins with NUL and has no end mark. */
export function socketAddress(path: string): Buffer {
  const family = Buffer.alloc(2);
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) family.writeUInt16LE(AF_UNIX);
  else family.writeUInt16BE(AF_UNIX);
  if (path.startsWith("@")) return Buffer.concat([family, Buffer.from(`\0${path.slice(1)}`, "utf8")]);
  return Buffer.concat([family, Buffer.from(`${path}\0`, "utf8")]);
}
