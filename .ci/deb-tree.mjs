// The package's folder tree: our files in their places, then one owner, one time and plain modes for all.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

/** There is no public address yet; lintian says so, and it is right. */
const MAINTAINER = "gatepost maintainers <gatepost@localhost>";

export function fill({ top, stage, version, arch, epoch }) {
  const lib = join(stage, "usr/lib/gatepost", version);
  const doc = join(stage, "usr/share/doc/gatepost");
  const put = (from, to) => {
    mkdirSync(dirname(join(stage, to)), { recursive: true });
    cpSync(join(top, from), join(stage, to));
  };
  const write = (to, bytes) => {
    mkdirSync(dirname(join(stage, to)), { recursive: true });
    writeFileSync(join(stage, to), bytes);
  };
  // The code cache is this machine's own and made where it is installed; the stamp has a date in it.
  const built = (path) => !/\/dist\/(built|service\.cache)$/.test(path);
  cpSync(join(top, "dist"), join(lib, "dist"), { recursive: true, filter: built });
  for (const folder of ["config", "device-profiles"]) cpSync(join(top, folder), join(lib, folder), { recursive: true });
  write(
    `usr/lib/gatepost/${version}/package.json`,
    `${JSON.stringify({ name: "gatepost", version, private: true })}\n`,
  );
  write(`usr/lib/gatepost/${version}/schema`, schema(top));
  for (const one of ["switch", "announce"]) put(`debian/${one}`, `usr/lib/gatepost/${one}`);
  mkdirSync(join(stage, "usr/bin"), { recursive: true });
  symlinkSync("../lib/gatepost/current/dist/gatepost.cjs", join(stage, "usr/bin/gatepost"));

  for (const one of ["gatepost.service", "gatepost-announce.service", "gatepost-announce.timer"])
    put(`systemd/${one}`, `usr/lib/systemd/system/${one}`);
  put("systemd/sysusers.conf", "usr/lib/sysusers.d/gatepost.conf");
  put("systemd/60-gatepost.rules", "usr/lib/udev/rules.d/60-gatepost.rules");
  put("systemd/journald.conf", "usr/lib/systemd/journald.conf.d/gatepost.conf");
  for (const one of ["hardware-watchdog.conf", "credentials.conf"])
    put(`systemd/${one}`, `usr/share/doc/gatepost/examples/${one}`);

  for (const one of ["README.md", "README.zh-CN.md"]) put(one, `usr/share/doc/gatepost/${one}`);
  put("debian/copyright", "usr/share/doc/gatepost/copyright");
  put("docs/generated/licences.md", "usr/share/doc/gatepost/licences.md");
  write("usr/share/doc/gatepost/CHANGELOG.md.gz", gzipSync(readFileSync(join(top, "CHANGELOG.md")), { level: 9 }));
  write("usr/share/doc/gatepost/changelog.gz", gzipSync(debianChangelog(version, epoch), { level: 9 }));
  const ask = (...args) => execFileSync(process.execPath, [join(top, "dist", "gatepost.cjs"), "manual", ...args]);
  write("usr/share/man/man1/gatepost.1.gz", gzipSync(ask("man", "--lang", "en"), { level: 9 }));
  write("usr/share/man/zh_CN/man1/gatepost.1.gz", gzipSync(ask("man", "--lang", "zh"), { level: 9 }));
  write("usr/share/bash-completion/completions/gatepost", ask("bash"));
  control({ top, stage, version, arch });
  return { lib, doc };
}

/** In Debian's own form; what changed stands in CHANGELOG.md. */
function debianChangelog(version, epoch) {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return `gatepost (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- ${MAINTAINER}  ${date}\n`;
}

/** Where the form of each database in the data folder is written down; all of them go back with the version before. */
const FORMS = {
  journal: "journal-schema",
  whitelist: "whitelist-schema",
  accounts: "accounts-schema",
  commands: "commands",
  consents: "consents",
  terminals: "terminals",
};

/** The newest form of each database that this version writes: a change keeps the version before from reading it again. */
export function schema(top) {
  return Object.entries(FORMS)
    .map(([name, source]) => {
      const text = readFileSync(join(top, "src", "adapters", `${source}.ts`), "utf8");
      return `${name} ${Math.max(...[...text.matchAll(/^\s+version: (\d+),$/gm)].map((found) => Number(found[1])))}\n`;
    })
    .join("");
}

function control({ top, stage, version }) {
  mkdirSync(join(stage, "DEBIAN"), { recursive: true });
  for (const name of ["preinst", "postinst", "prerm", "postrm"]) {
    const text = readFileSync(join(top, "debian", name), "utf8");
    writeFileSync(join(stage, "DEBIAN", name), text.replaceAll("@VERSION@", version));
  }
}

/** Modes, times, sums and the control file; last, when everything is there. */
export function settle(stage, epoch, { version, arch }) {
  const files = [...walk(stage)];
  const data = files.filter(({ path, kind }) => kind === "file" && !path.startsWith("DEBIAN/"));
  const bytes = data.reduce((sum, { path }) => sum + lstatSync(join(stage, path)).size, 0);
  const sums = data.map(
    ({ path }) =>
      `${createHash("md5")
        .update(readFileSync(join(stage, path)))
        .digest("hex")}  ${path}\n`,
  );
  writeFileSync(join(stage, "DEBIAN/md5sums"), sums.join(""));
  writeFileSync(join(stage, "DEBIAN/control"), controlText(version, arch, Math.ceil(bytes / 1024)));
  for (const { path, kind } of [...walk(stage), { path: "", kind: "folder" }]) {
    const file = join(stage, path);
    if (kind !== "link") chmodSync(file, kind === "folder" || isProgram(path) ? 0o755 : 0o644);
    lutimesSync(file, epoch, epoch);
  }
}

const isProgram = (path) =>
  /^DEBIAN\/(pre|post)(inst|rm)$|^usr\/lib\/gatepost\/(switch|announce|[^/]+\/dist\/gatepost\.cjs)$/.test(path);

function controlText(version, arch, kilobytes) {
  const node = Number(process.versions.node.split(".")[0]);
  // The native modules are compiled for this Node's binary interface; its next major version has another.
  return `Package: gatepost
Version: ${version}
Section: net
Priority: optional
Architecture: ${arch}
Maintainer: ${MAINTAINER}
Installed-Size: ${kilobytes}
Depends: nodejs (>= ${node === 20 ? "20.19" : node}), nodejs (<< ${node + 1}~), systemd (>= 252), libc6 (>= 2.34), libstdc++6, openssl
Recommends: systemd-timesyncd | time-daemon, avahi-daemon
Suggests: mosquitto, gpiod
Description: gate controller for an enclosed residential compound (门岗)
 Drives the barrier arm, the pedestrian gate and the iron gates of a compound
 from a Raspberry Pi; takes faces, plates, cards and codes from devices over
 MQTT, HTTP and serial lines, and decides here, against a list kept here.
 .
 After installing, write /etc/gatepost/gate.yaml and start gatepost.service.
`;
}

function* walk(stage, under = "") {
  const entries = readdirSync(join(stage, under), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = relative(stage, join(stage, under, entry.name));
    yield { path, kind: entry.isSymbolicLink() ? "link" : entry.isDirectory() ? "folder" : "file" };
    if (entry.isDirectory()) yield* walk(stage, path);
  }
}

export function packed(stage, file, epoch) {
  // One thread: how the work is divided shows in the compressed bytes.
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zxz", "-z6", "--build", stage, file], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), DPKG_DEB_THREADS_MAX: "1", TZ: "UTC" },
  });
}
