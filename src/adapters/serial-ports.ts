/** The serial ports of this machine, with the names that outlive a replug. Nothing is opened. */
import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { SerialPort } from "serialport";

export interface ListedPort {
  readonly path: string;
  readonly names: readonly string[];
  /** Maker, and USB's vendor:product. */
  readonly about?: string;
}

const BY_ID = "/dev/serial/by-id";
const CLASS = "/sys/class/tty";
/** The kernel keeps a node for each UART that a machine could have; this driver's say nothing of there being one. */
const NO_PORT = /\/(?:pnp|platform\/serial8250)/;

export async function listPorts(): Promise<readonly ListedPort[]> {
  const names = lasting();
  // Without udev (a container, a small system) the kernel's own list has to do.
  const found = await SerialPort.list().catch(() => fromKernel());
  return found.map(({ path, ...port }) => {
    const usb = port.vendorId === undefined ? [] : [`${port.vendorId}:${port.productId ?? "?"}`];
    const about = [...(port.manufacturer === undefined ? [] : [port.manufacturer]), ...usb].join(" ");
    return { path, names: names.get(path) ?? [], ...(about === "" ? {} : { about }) };
  });
}

interface Found {
  readonly path: string;
  readonly manufacturer?: string | undefined;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
}

function fromKernel(): readonly Found[] {
  return entries(CLASS).flatMap((name) => {
    try {
      const driver = readlinkSync(join(CLASS, name, "device", "driver"));
      return NO_PORT.test(driver) ? [] : [{ path: `/dev/${name}` }];
    } catch {
      return []; // a console or a pseudo-terminal: nothing hangs on it
    }
  });
}

function lasting(): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const name of entries(BY_ID)) {
    const full = join(BY_ID, name);
    const path = realOf(full);
    names.set(path, [...(names.get(path) ?? []), full]);
  }
  return names;
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return []; // no such folder: no port of that kind
  }
}

/** Where a name leads; itself when it leads nowhere. */
export function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
