#!/usr/bin/env node
// `npm run machine [-- --boots N --restarts N --kills N --cuts N]`: the package on a bare Debian 13 in an emulated machine
// with simulated pins and a real 16550 line, from `apt install` to a resident let in; then the campaign. Root, Debian.
import { program, provide } from "./program.mjs";

const missing = provide([
  ["command -v qemu-system-x86_64", "qemu-system-x86", "the machine"],
  ["command -v mmdebstrap", "mmdebstrap debian-archive-keyring", "its root file system"],
  ["command -v mkfs.ext4", "e2fsprogs", "its disk"],
  ["command -v depmod", "kmod", "its modules"],
  ["command -v cpio", "cpio", "its first file system"],
  ["ldd /bin/busybox 2>&1 | grep -q 'not a dynamic'", "busybox-static", "its first file system"],
  ["command -v xz", "xz-utils", "its modules"],
  ["command -v dpkg-deb", "dpkg", "the package"],
]);
if (missing.length > 0) process.exit(1);
await program("test/machine/machine.ts", "machine-program", process.argv.slice(2));
