/** What the machine tells of itself without being touched: power, disk wear, who may open a device. All from files. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

/** Where the kernel and the system show things; another root in tests. */
export interface MachinePlaces {
  readonly root: string;
  /** The Pi's firmware, where no file tells; undefined = not a Pi. */
  readonly vcgencmd?: () => string | undefined;
}
export const THIS_MACHINE: MachinePlaces = { root: "/", vcgencmd: askFirmware };

export interface Power {
  readonly lowNow: boolean;
  readonly lowBefore: boolean;
  readonly hotNow: boolean;
}

function askFirmware(): string | undefined {
  try {
    return execFileSync("vcgencmd", ["get_throttled"], {
      encoding: "utf8",
      timeout: 2_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined; // no Pi, or no right to ask: nothing is known
  }
}

function textAt(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined; // not there on this machine
  }
}
/** Names in a folder; none when it is not there, or may not be looked into. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there on this machine
  }
}

/** Bits of the Pi's `get_throttled`: 0 low now, 1–3 slowed down now, 16 low since the start. Undefined = it doesn't say. */
export function powerOf({ root, vcgencmd }: MachinePlaces): Power | undefined {
  const file = textAt(join(root, "sys/devices/platform/soc/soc:firmware/get_throttled"));
  const told = file ?? /=0x([0-9a-f]+)/i.exec(vcgencmd?.() ?? "")?.[1];
  if (told !== undefined && /^(0x)?[0-9a-f]+$/i.test(told)) {
    const bits = Number.parseInt(told.replace(/^0x/i, ""), 16);
    return { lowNow: (bits & 1) !== 0, lowBefore: (bits & 0x1_0000) !== 0, hotNow: (bits & 0b1110) !== 0 };
  }
  const hwmon = join(root, "sys/class/hwmon");
  const volt = namesIn(hwmon).find((name) => textAt(join(hwmon, name, "name")) === "rpi_volt");
  if (volt === undefined) return undefined;
  const low = textAt(join(hwmon, volt, "in0_lcrit_alarm")) === "1";
  return { lowNow: low, lowBefore: low, hotNow: false };
}

/** What the disks say of their age and of errors met: one line for each that should be looked after. */
export function diskHints({ root }: MachinePlaces): readonly string[] {
  const block = join(root, "sys/block");
  const worn = namesIn(block)
    .filter((name) => /^mmcblk\d+$/.test(name))
    .flatMap((name) => {
      const spent = (textAt(join(block, name, "device/life_time")) ?? "").split(/\s+/).map(Number);
      const end = Number(textAt(join(block, name, "device/pre_eol_info")) ?? 1);
      // Steps of 10 % of its life; 0x09 = 80 to 90 % are gone.
      return spent.some((step) => step >= 9) || end >= 2
        ? [`${name}: life_time ${spent.join(" ")}, pre_eol ${end}`]
        : [];
    });
  const ext4 = join(root, "sys/fs/ext4");
  const failed = namesIn(ext4).flatMap((name) => {
    const errors = Number(textAt(join(ext4, name, "errors_count")) ?? 0);
    return errors > 0 ? [`${name}: ext4 errors ${errors}`] : [];
  });
  return [...worn, ...failed];
}

/** The mount that a folder lies on is read-only: what a worn-out SD card becomes. */
export function isReadOnly({ root }: MachinePlaces, folder: string): boolean {
  const mounts = (textAt(join(root, "proc/mounts")) ?? "").split("\n").map((line) => line.split(" "));
  const over = mounts.filter(([, at = ""]) => at === "/" || folder === at || folder.startsWith(`${at}/`));
  const nearest = over.reduce<readonly string[]>(
    (best, one) => ((one[1] ?? "").length >= (best[1] ?? "").length ? one : best),
    [],
  );
  return (nearest[3] ?? "").split(",").includes("ro");
}

export interface SystemUser {
  readonly uid: number;
  readonly groups: readonly number[];
}

/** A user of the system with all groups; undefined = there is none of that name. */
export function userOf({ root }: MachinePlaces, name: string): SystemUser | undefined {
  const lines = (file: string) => (textAt(join(root, file)) ?? "").split("\n").map((line) => line.split(":"));
  const found = lines("etc/passwd").find(([user]) => user === name);
  if (found === undefined) return undefined;
  const more = lines("etc/group").filter(([, , , members = ""]) => members.split(",").includes(name));
  return { uid: Number(found[2]), groups: [Number(found[3]), ...more.map(([, , gid]) => Number(gid))] };
}

/** Whether the user may read it (and write it), by owner, group and mode. */
export function mayUse(
  user: SystemUser,
  { uid, gid, mode }: Pick<Stats, "uid" | "gid" | "mode">,
  wanted: "read" | "read-write" = "read-write",
): boolean {
  if (user.uid === 0) return true;
  const shift = user.uid === uid ? 6 : user.groups.includes(gid) ? 3 : 0;
  const bits = wanted === "read" ? 0o4 : 0o6;
  return ((mode >> shift) & bits) === bits;
}

export function statOf(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

/** Mosquitto waits 40 ms before each small answer unless it is told not to; undefined = it isn't configured here. */
export function mosquittoDelays({ root }: MachinePlaces): boolean | undefined {
  const main = textAt(join(root, "etc/mosquitto/mosquitto.conf"));
  if (main === undefined) return undefined;
  const folder = join(root, "etc/mosquitto/conf.d");
  const all = [main, ...namesIn(folder).map((name) => textAt(join(folder, name)) ?? "")].join("\n");
  return !/^\s*set_tcp_nodelay\s+true\s*$/m.test(all);
}
