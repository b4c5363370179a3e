/** The emulated machine: its power, a root shell, a serial line of the site's, and what its pins did. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { until } from "../whole/place.ts";
import type { Image } from "./image.ts";

export interface Said {
  readonly code: number;
  readonly out: string;
}

export interface Guest {
  /** Resolves when the root shell answers; seconds since the power came on. */
  powerOn(): Promise<number>;
  /** An orderly end, as by `poweroff`. */
  off(): Promise<void>;
  /** The emulator dies: what the machine had not flushed is gone. */
  cut(): Promise<void>;
  /** Runs a command of the machine's shell. @throws when no answer comes within `withinS` */
  sh(command: string, withinS?: number): Promise<Said>;
  /** `sh`, and an end other than 0 is thrown with what was said. */
  must(command: string, withinS?: number): Promise<string>;
  /** Bytes on the wire to the machine's third serial line, /dev/ttyS2. */
  uart(text: string): void;
  /** All that the kernel has said of its pins, over all boots. */
  pins(): string;
  console(): string;
}

export interface GuestSettings {
  readonly image: Image;
  /** A copy of the image's disk in this folder is worked on. */
  readonly dir: string;
  /** ext4 image that is put in as a second disk, read-only: the technician's stick. */
  readonly stick: string;
  /** Loopback port here that leads to the machine's MQTT broker. */
  readonly mqttPort: number;
  readonly accel: "tcg" | "kvm";
  /** Niceness of the emulator, 0..19. */
  readonly nice: number;
}

const BOOT_S = 900;

export function openGuest(settings: GuestSettings): Guest {
  const { image, dir } = settings;
  const at = (name: string) => join(dir, name);
  copyFileSync(image.disk, at("disk"));
  let emulator: ChildProcess | undefined;
  let shell: Socket | undefined;
  let line: Socket | undefined;
  let heard = "";
  let asked = 0;

  const args = () => [
    ...["-accel", settings.accel === "tcg" ? "tcg,thread=multi" : "kvm", "-machine", "q35", "-cpu", "max"],
    ...["-smp", "2", "-m", "1024", "-display", "none", "-nodefaults", "-no-reboot"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", "console=ttyS0 root=/dev/vda rw mitigations=off quiet systemd.show_status=0 net.ifnames=0"],
    ...["-drive", `file=${at("disk")},format=raw,if=none,id=d0,cache=writeback`],
    ...["-device", "virtio-blk-pci,drive=d0"],
    ...["-drive", `file=${settings.stick},format=raw,if=none,id=d1,readonly=on`],
    ...["-device", "virtio-blk-pci,drive=d1"],
    // Nothing of the world is reachable from inside.
    ...["-netdev", `user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:${settings.mqttPort}-10.0.2.15:1883`],
    ...["-device", "virtio-net-pci,netdev=n0", "-device", "virtio-rng-pci", "-rtc", "base=utc"],
    ...["-chardev", `file,id=c0,path=${at("console.log")},append=on`, "-serial", "chardev:c0"],
    ...["-serial", `unix:${at("shell.sock")},server=on,wait=off`],
    ...["-serial", `unix:${at("uart.sock")},server=on,wait=off`],
    ...["-chardev", `file,id=c3,path=${at("pins.log")},append=on`, "-serial", "chardev:c3"],
  ];
  const read = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), "utf8") : "");
  const consoleText = () => read("console.log").slice(-4_000);

  async function powerOn(): Promise<number> {
    const began = performance.now();
    heard = "";
    const child = spawn("nice", ["-n", String(settings.nice), "qemu-system-x86_64", ...args()], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    emulator = child;
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaint += chunk.toString("utf8");
    });
    const alive = () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the emulator ended: ${complaint}`);
      return true;
    };
    shell = await until(() => alive() && socket(at("shell.sock")), 60_000);
    line = await until(() => alive() && socket(at("uart.sock")), 60_000);
    // A character may come in two chunks.
    shell.setEncoding("utf8");
    shell.on("data", (chunk: string) => {
      heard += chunk;
    });
    await until(() => alive() && heard.includes("<<shell>>"), BOOT_S * 1_000, consoleText);
    return (performance.now() - began) / 1_000;
  }

  async function sh(command: string, withinS = 300): Promise<Said> {
    const number = ++asked;
    const mark = `<<end ${number}:`;
    heard = "";
    shell?.write(`( ${command}\n) </dev/null 2>&1; echo "<<end" ${number}:$?">>"\n`);
    const end = await until(
      () => new RegExp(`${mark}(\\d+)>>`).exec(heard) ?? undefined,
      withinS * 1_000,
      () => `${command}\n${heard.slice(-2_000)}`,
    );
    return { code: Number(end[1]), out: heard.slice(0, heard.indexOf(mark)).replaceAll("\r", "") };
  }

  /** Waits for the emulator's end, after `how` has brought it about. */
  async function gone(how: (child: ChildProcess) => void): Promise<void> {
    const child = emulator;
    emulator = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    how(child);
    await ended;
    shell?.destroy();
    line?.destroy();
  }

  return {
    powerOn,
    off: () => gone(() => void shell?.write("systemctl poweroff\n")),
    cut: () => gone((child) => child.kill("SIGKILL")),
    sh,
    async must(command, withinS) {
      const { code, out } = await sh(command, withinS);
      if (code !== 0) throw new Error(`${command} ended with ${code}:\n${out}`);
      return out;
    },
    uart: (text) => void line?.write(text),
    pins: () => read("pins.log"),
    console: consoleText,
  };
}

/** Undefined as long as nobody listens there. */
function socket(path: string): Promise<Socket | undefined> {
  return new Promise((done) => {
    const one = connect(path);
    one.once("connect", () => done(one));
    one.once("error", () => done(undefined));
  });
}
