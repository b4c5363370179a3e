/** A folder that stands for a machine: dpkg's own records, a systemctl that really runs the gate, nothing of ours outside. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Machine {
  readonly dir: string;
  at(path: string): string;
  read(path: string): string;
  /** What `current` points to. */
  current(): string | undefined;
  dpkg(args: readonly string[], healthS?: number): { readonly code: number; readonly told: string };
  systemctl(...args: readonly string[]): number;
  leave(): void;
}

const SYSTEMCTL = `#!/bin/sh
# The little of systemctl that the package uses; the gate that it starts is the real one.
root=$DPKG_ROOT
pid=$(cat "$root/run/gate.pid" 2>/dev/null)
alive() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
for word; do case "$word" in -*) ;; *) verb=$word; break ;; esac; done
echo "$*" >> "$root/run/systemctl.log"
case "$verb" in
  start)
    alive && exit 0
    setsid node "$root/usr/lib/gatepost/current/dist/gatepost.cjs" start --config "$root/etc/gatepost/gate.yaml" \\
      > "$root/run/gate.out" 2>&1 < /dev/null &
    echo $! > "$root/run/gate.pid" ;;
  stop) alive && kill "$pid"; while alive; do sleep 0.05; done; rm -f "$root/run/gate.pid" ;;
  is-active) alive && grep -q "gatepost is ready" "$root/run/gate.out" ;;
  enable) mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
    ln -sf /usr/lib/systemd/system/gatepost.service "$root/etc/systemd/system/multi-user.target.wants/" ;;
  disable) rm -f "$root/etc/systemd/system/multi-user.target.wants/gatepost.service" ;;
esac
`;

export function openMachine(): Machine {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-root-"));
  const at = (path: string) => join(dir, path);
  for (const folder of [
    "var/lib/dpkg/info",
    "var/lib/dpkg/updates",
    "var/lib/dpkg/triggers",
    "run/systemd/system",
    "etc",
    "bin",
  ])
    mkdirSync(at(folder), { recursive: true });
  for (const file of ["var/lib/dpkg/status", "var/lib/dpkg/available"]) writeFileSync(at(file), "");
  writeFileSync(at("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(at("etc/group"), "root:x:0:\n");
  writeFileSync(at("bin/systemctl"), SYSTEMCTL);
  writeFileSync(at("bin/udevadm"), "#!/bin/sh\n");
  for (const program of ["systemctl", "udevadm"]) chmodSync(at(`bin/${program}`), 0o755);
  const env = (healthS: number) => ({
    ...process.env,
    PATH: `${at("bin")}:${process.env.PATH ?? ""}:/usr/sbin:/sbin`,
    GATEPOST_HEALTH_S: String(healthS),
    DPKG_ROOT: dir,
  });
  const systemctl = (...args: readonly string[]) => spawnSync("systemctl", args, { env: env(60) }).status ?? -1;
  return {
    dir,
    at,
    read: (path) => readFileSync(at(path), "utf8"),
    current: () =>
      existsSync(at("usr/lib/gatepost/current")) ? readlinkSync(at("usr/lib/gatepost/current")) : undefined,
    dpkg(args, healthS = 40) {
      // Scripts run outside the folder and are told of it (DPKG_ROOT); what the package depends on is this machine's.
      const forced = ["--force-script-chrootless", "--force-depends", "--force-not-root", "--force-bad-path"];
      const whole = ["dpkg", `--root=${dir}`, "--log=/dev/null", ...forced, ...args];
      const [program = "", ...rest] = process.getuid?.() === 0 ? whole : ["fakeroot", ...whole];
      const ran = spawnSync(program, rest, { env: env(healthS), encoding: "utf8", timeout: 120_000 });
      return { code: ran.status ?? -1, told: `${ran.stdout}${ran.stderr}` };
    },
    systemctl,
    leave() {
      systemctl("stop", "gatepost");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Another version of a package: `change` gets its folder of programs. */
export function changed(deb: string, version: string, out: string, change: (lib: string) => void): string {
  const tree = join(out, `tree-${version}`);
  execFileSync("dpkg-deb", ["-R", deb, tree]);
  const control = join(tree, "DEBIAN", "control");
  const text = readFileSync(control, "utf8");
  const before = /^Version: (.*)$/m.exec(text)?.[1] ?? "";
  writeFileSync(control, text.replace(`Version: ${before}`, `Version: ${version}`));
  const postinst = join(tree, "DEBIAN", "postinst");
  writeFileSync(postinst, readFileSync(postinst, "utf8").replace(`version=${before}`, `version=${version}`));
  const lib = join(tree, "usr/lib/gatepost", version);
  renameSync(join(tree, "usr/lib/gatepost", before), lib);
  change(lib);
  const file = join(out, `gatepost_${version}.deb`);
  execFileSync("dpkg-deb", ["--root-owner-group", "-Znone", "--build", tree, file]);
  rmSync(tree, { recursive: true });
  return file;
}

/** A package as `npm run deb` makes it, of the modules that are installed here. */
export function built(top: string, out: string, more: readonly string[] = []): string {
  const args = ["--modules", join(top, "node_modules"), "--out", out, ...more];
  execFileSync(process.execPath, [join(top, ".ci", "deb.mjs"), ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const name = execFileSync("ls", [out], { encoding: "utf8" })
    .split("\n")
    .find((file) => file.endsWith(".deb"));
  if (name === undefined) throw new Error(`no package in ${out}`);
  return join(out, name);
}
