/** systemd's side of sd_notify: a datagram socket that is read without waiting. */
import koffi from "koffi";
import { socketAddress } from "../../src/adapters/systemd.ts";

export interface NotifySocket {
  /** The next message, if one is there. */
  read(): string | undefined;
  close(): void;
}

/** @param path of a file, or `@name` in the abstract namespace */
export function openNotifySocket(path: string): NotifySocket {
  const libc = koffi.load("libc.so.6");
  const fd: unknown = libc.func("int socket(int, int, int)")(1, 2, 0);
  if (typeof fd !== "number" || fd < 0) throw new Error("no socket");
  const address = socketAddress(path);
  const bound: unknown = libc.func("int bind(int, const void *, unsigned int)")(fd, address, address.length);
  if (bound !== 0) throw new Error(`can't bind ${path}`);
  const recv = libc.func("long recv(int, void *, size_t, int)");
  return {
    read() {
      const bytes = Buffer.alloc(512);
      const count: unknown = recv(fd, bytes, bytes.length, 0x40);
      return typeof count === "number" && count >= 0 ? bytes.toString("utf8", 0, count) : undefined;
    },
    close: () => libc.func("int close(int)")(fd),
  };
}
