/**
 * A bare Debian 13 on a disk of its own, with the backports kernel (the one whose package has gpio-sim), all from
 * Debian's archive by apt. Made once and kept; each run works on a copy.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

export interface Image {
  readonly kernel: string;
  readonly initrd: string;
  /** Raw ext4, without a partition table. */
  readonly disk: string;
  /** `7.3.4+deb13-amd64` */
  readonly release: string;
}

/** What stands on the machine before a technician comes: no Node, nothing of ours. */
const BARE = ["systemd-sysv", "udev", "dbus", "ca-certificates", "mosquitto", "gpiod", "kmod", "procps"];
/** What `apt install` will ask for. The machine has no line to the world, so apt finds them in its own cache. */
const FETCHED = ["nodejs", "avahi-daemon", "systemd-timesyncd"];
const MODULES = ["virtio_pci", "virtio_blk", "virtio_net", "virtio-rng", "ext4", "autofs4", "configfs", "gpio-sim"];
const DISK = "3G";
/** Lines of the simulated chip. */
const LINES = 8;
/** At rest the exit button is open (high); door contact, loop and beam are made (low). */
const HIGH_AT_REST = [2];

const INIT = `#!/bin/busybox sh
# The hardware is there before the system: pins with their contacts at rest, the network's cable, an ear on the pins.
/bin/busybox --install -s /bin
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
while read -r module; do insmod "/modules/$module" || echo "no $module"; done < /modules/order
mount -t configfs none /sys/kernel/config
chip=/sys/kernel/config/gpio-sim/gate
mkdir -p $chip/bank0
echo ${LINES} > $chip/bank0/num_lines; echo gate-pins > $chip/bank0/label
echo 1 > $chip/live
cd /sys/devices/platform/gpio-sim.0/gpiochip*
for line in ${HIGH_AT_REST.join(" ")}; do echo pull-up > sim_gpio$line/pull; done
cd /
mount -t tracefs none /sys/kernel/tracing
echo 1 > /sys/kernel/tracing/events/gpio/enable
echo "boot $(cat /sys/class/gpio/gpiochip*/base 2>/dev/null | head -n 1)" > /dev/ttyS3
cat /sys/kernel/tracing/trace_pipe > /dev/ttyS3 &
ip link set lo up; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up
mount -t ext4 /dev/vda /root
umount /sys/kernel/tracing /sys/kernel/config 2>/dev/null
for one in proc sys dev; do mount --move /$one /root/$one; done
exec switch_root /root /sbin/init
`;

/** A root shell on the second serial line: how the machine is driven from outside. */
const SHELL = `[Unit]
Description=root shell on the second serial line
After=multi-user.target
[Service]
ExecStart=/bin/sh -c 'stty raw -echo; echo "<<shell>>"; cat | sh'
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Environment=DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
Restart=always
[Install]
WantedBy=multi-user.target
`;

const run = (program: string, args: readonly string[], cwd?: string) =>
  execFileSync(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    ...(cwd === undefined ? {} : { cwd }),
  });

/** @param cache a folder that is kept; made anew when the recipe here has changed */
export function prepare(cache: string, say: (text: string) => void): Image {
  const recipe = createHash("sha256")
    .update(JSON.stringify([BARE, FETCHED, MODULES, DISK, SHELL]))
    .digest("hex")
    .slice(0, 12);
  const place = join(cache, `debian-13-${recipe}`);
  const stamp = join(place, "release");
  if (!existsSync(stamp)) make(place, stamp, say);
  const initrd = join(place, "initrd");
  pack(join(place, "first"), initrd);
  return {
    kernel: join(place, "vmlinuz"),
    initrd,
    disk: join(place, "disk"),
    release: readFileSync(stamp, "utf8").trim(),
  };
}

function make(place: string, stamp: string, say: (text: string) => void): void {
  mkdirSync(place, { recursive: true });
  const root = join(place, "root");
  const debs = join(place, "kernel");
  if (!existsSync(root)) {
    say("Debian 13 from its archive (once; kept in bench-results/machine)");
    const half = `${root}.half`;
    rmSync(half, { recursive: true, force: true });
    rmSync(debs, { recursive: true, force: true });
    bootstrap(half);
    settle(half);
    renameSync(join(half, "opt/kernel"), debs);
    renameSync(half, root);
  }
  const release = kernelOf(debs, place);
  say(`kernel ${release}`);
  run("mkfs.ext4", ["-q", "-F", "-L", "root", "-d", root, join(place, "disk"), DISK]);
  writeFileSync(stamp, `${release}\n`);
  for (const one of [root, debs]) rmSync(one, { recursive: true });
}

/** The first file system: it knows the hardware, so it is packed for each run. */
function pack(first: string, initrd: string): void {
  writeFileSync(join(first, "init"), INIT);
  chmodSync(join(first, "init"), 0o755);
  run("sh", ["-c", 'find . | cpio -o -H newc --quiet | gzip -1 > "$0"', initrd], first);
}

function bootstrap(root: string): void {
  const inside = (line: string) => `--customize-hook=chroot "$1" sh -ec '${line}'`;
  run("mmdebstrap", [
    "--variant=minbase",
    "--mode=root",
    "--format=directory",
    "--quiet",
    `--include=${BARE.join(",")}`,
    inside(`apt-get install -y -qq --download-only -o APT::Install-Recommends=true ${FETCHED.join(" ")}`),
    inside(
      [
        "mkdir -p /opt/kernel && cd /opt/kernel",
        'v=$(apt-cache show linux-image-amd64/trixie-backports | sed -n "s/^Depends:.*linux-image-\\([^ ,]*\\).*/\\1/p" | head -n 1)',
        'apt-get download -qq "linux-binary-$v" "linux-modules-$v"',
      ].join(" && "),
    ),
    "--skip=cleanup/apt",
    "trixie",
    root,
    "deb http://deb.debian.org/debian trixie main",
    "deb http://deb.debian.org/debian trixie-backports main",
  ]);
}

/** The kernel's file beside the disk, and a folder for the first file system with only the modules that are needed. */
function kernelOf(debs: string, place: string): string {
  const kernel = join(place, "unpacked");
  for (const one of readdirSync(debs)) run("dpkg-deb", ["-x", join(debs, one), kernel]);
  const [release] = readdirSync(join(kernel, "usr/lib/modules"));
  if (release === undefined) throw new Error("no kernel in Debian's package");
  copyFileSync(join(kernel, "usr/lib/modules", release, "vmlinuz"), join(place, "vmlinuz"));

  const first = join(place, "first");
  for (const folder of ["bin", "proc", "sys", "dev", "root", "modules"])
    mkdirSync(join(first, folder), { recursive: true });
  copyFileSync("/bin/busybox", join(first, "bin/busybox"));
  chmodSync(join(first, "bin/busybox"), 0o755);
  const files = closure(kernel, release);
  for (const file of files) {
    const to = join(first, "modules", basename(file));
    copyFileSync(file, to);
    if (to.endsWith(".xz")) run("xz", ["-d", to]);
  }
  rmSync(kernel, { recursive: true });
  const order = files.map((file) => basename(file).replace(/\.xz$/, ""));
  writeFileSync(join(first, "modules/order"), order.map((file) => `${file}\n`).join(""));
  return release;
}

/** The modules and what they stand on, each after what it needs. */
function closure(kernel: string, release: string): readonly string[] {
  const lib = join(kernel, "usr");
  // Debian makes these where the package is installed; depmod complains without them.
  for (const one of ["modules.order", "modules.builtin", "modules.builtin.modinfo"])
    writeFileSync(join(lib, "lib/modules", release, one), "");
  run("depmod", ["-b", lib, release]);
  const home = join(lib, "lib/modules", release);
  const needs = new Map<string, readonly string[]>();
  for (const line of readFileSync(join(home, "modules.dep"), "utf8").split("\n")) {
    const [file = "", rest = ""] = line.split(":");
    needs.set(
      file,
      rest.split(" ").filter((one) => one !== ""),
    );
  }
  const plain = (file: string) =>
    basename(file)
      .replace(/\.ko(\.xz)?$/, "")
      .replaceAll("-", "_");
  const ordered: string[] = [];
  const add = (file: string) => {
    for (const one of needs.get(file) ?? []) add(one);
    if (!ordered.includes(file)) ordered.push(file);
  };
  for (const module of MODULES) {
    const file = [...needs.keys()].find((one) => plain(one) === module.replaceAll("-", "_"));
    // What is built into this kernel has no file.
    if (file !== undefined) add(file);
  }
  if (!ordered.some((file) => plain(file) === "gpio_sim")) throw new Error(`kernel ${release} has no gpio-sim`);
  return ordered.map((file) => join(home, file));
}

function settle(root: string): void {
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put("etc/hostname", "gate\n");
  put("etc/hosts", "127.0.0.1 localhost gate\n");
  put("etc/fstab", "/dev/vda / ext4 defaults,noatime 0 0\n");
  put("etc/systemd/system/machine-shell.service", SHELL);
  const wants = join(root, "etc/systemd/system/multi-user.target.wants");
  mkdirSync(wants, { recursive: true });
  symlinkSync("../machine-shell.service", join(wants, "machine-shell.service"));
  // apt's lists are older than a day when the image is used again: nothing may try to renew them without a line.
  for (const unit of ["apt-daily.timer", "apt-daily-upgrade.timer"])
    symlinkSync("/dev/null", join(root, "etc/systemd/system", unit));
}
