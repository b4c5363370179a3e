import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ACCOUNTS_MIGRATIONS } from "../../src/adapters/accounts-schema.ts";
import { COMMANDS_MIGRATIONS } from "../../src/adapters/commands.ts";
import { CONSENTS_MIGRATIONS } from "../../src/adapters/consents.ts";
import { JOURNAL_MIGRATIONS } from "../../src/adapters/journal-schema.ts";
import { TERMINALS_MIGRATIONS } from "../../src/adapters/terminals.ts";
import { WHITELIST_MIGRATIONS } from "../../src/adapters/whitelist-schema.ts";
import { freePort, until } from "../whole/place.ts";
import { RESIDENTS, siteYaml } from "../whole/site.ts";
import { built, changed, type Machine, openMachine } from "./root.ts";

const top = join(import.meta.dirname, "..", "..");
const out = mkdtempSync(join(tmpdir(), "gatepost-packages-"));
const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const installs = has("dpkg-deb") && has("systemd-sysusers") && (process.getuid?.() === 0 || has("fakeroot"));
let deb = "";

const key = join(out, "release.pem");
const openssl = (...args: readonly string[]) => spawnSync("openssl", args, { encoding: "utf8" });

beforeAll(() => {
  if (!has("dpkg-deb")) return;
  openssl("genpkey", "-algorithm", "ed25519", "-out", key);
  deb = built(top, join(out, "one"), ["--sign", key]);
}, 300_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe.skipIf(!has("dpkg-deb"))("the package", () => {
  it("is the same bytes when it is built again", () => {
    expect(readFileSync(built(top, join(out, "two"))).equals(readFileSync(deb))).toBe(true);
  }, 300_000);

  it("is signed with the maker's key, and a changed byte shows", () => {
    expect(openssl("pkey", "-in", key, "-pubout", "-out", `${key}.pub`).status).toBe(0);
    const verify = (file: string) =>
      openssl("pkeyutl", "-verify", "-pubin", "-inkey", `${key}.pub`, "-rawin", "-in", file, "-sigfile", `${deb}.sig`);
    expect(verify(deb)).toMatchObject({ status: 0 });
    const other = readFileSync(deb);
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
    const changed = join(out, "changed");
    writeFileSync(changed, other);
    expect(verify(changed).status).not.toBe(0);
  });

  it("has everything in its place, of one owner and one time, and nothing of this machine", () => {
    const tree = join(out, "tree");
    execFileSync("dpkg-deb", ["-x", deb, tree]);
    const listed = execFileSync("dpkg-deb", ["-c", deb], { encoding: "utf8" });
    for (const path of [
      "usr/bin/gatepost -> ../lib/gatepost/current/dist/gatepost.cjs",
      "usr/lib/systemd/system/gatepost.service",
      "usr/lib/udev/rules.d/60-gatepost.rules",
      "usr/share/man/man1/gatepost.1.gz",
      "usr/share/doc/gatepost/copyright",
    ])
      expect(listed).toContain(path);
    const list = JSON.parse(readFileSync(join(tree, "usr/share/doc/gatepost/sbom.cdx.json"), "utf8"));
    const dependencies = Object.keys(JSON.parse(readFileSync(join(top, "package.json"), "utf8")).dependencies);
    const named = list.components.map((one: { readonly name: string }) => one.name);
    expect(dependencies.filter((name) => !named.includes(name))).toEqual([]);
    expect(list.metadata.component.name).toBe("gatepost");
    expect(listed.split("\n").filter((line) => line !== "" && !line.includes("root/root"))).toEqual([]);
    expect(new Set([...listed.matchAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g)].map(String)).size).toBe(1);
    expect(spawnSync("grep", ["-rlF", top, tree], { encoding: "utf8" }).stdout).toBe("");
    const newest = (all: readonly { readonly version: number }[]) => Math.max(...all.map(({ version }) => version));
    const forms = Object.entries({
      journal: JOURNAL_MIGRATIONS,
      whitelist: WHITELIST_MIGRATIONS,
      accounts: ACCOUNTS_MIGRATIONS,
      commands: COMMANDS_MIGRATIONS,
      consents: CONSENTS_MIGRATIONS,
      terminals: TERMINALS_MIGRATIONS,
    });
    expect(readFileSync(join(tree, "usr/lib/gatepost/0.1.0/schema"), "utf8")).toBe(
      forms.map(([name, migrations]) => `${name} ${newest(migrations)}\n`).join(""),
    );
    // Whatever opens a database of its own stands there.
    const opening = spawnSync("grep", ["-rhoE", "migrations: [A-Z_]+", join(top, "src")], { encoding: "utf8" }).stdout;
    expect([...new Set(opening.trim().split("\n"))].sort()).toEqual(
      forms.map(([name]) => `migrations: ${name.toUpperCase()}_MIGRATIONS`).sort(),
    );
  });
});

describe.skipIf(!has("systemd-analyze"))("the unit", () => {
  const unit = join(top, "systemd", "gatepost.service");

  it("exposes 2.5 at the most, and never gives up", () => {
    const told = execFileSync("systemd-analyze", ["security", "--offline=true", "--no-pager", unit], {
      encoding: "utf8",
    });
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(told)?.[1])).toBeLessThanOrEqual(2.5);
    const text = readFileSync(unit, "utf8");
    for (const line of [
      "Type=notify",
      "WatchdogSec=15",
      "Restart=always",
      "StartLimitIntervalSec=0",
      "TimeoutStartSec=300",
    ])
      expect(text.split("\n")).toContain(line);
  });

  // The clock's question to the kernel was not among the calls: the service would have been killed at its first step.
  it.skipIf(!has("strace"))("permits every call that the gate makes", async () => {
    const place = mkdtempSync(join(out, "calls-"));
    const yaml = siteYaml({
      mqtt: "{ embedded: { host: 127.0.0.1, port: 0 } }",
      relays: "/dev/none",
      passwordFile: "pw",
    });
    writeFileSync(join(place, "gate.yaml"), `page: { port: 0 }\n${yaml.replace("clock: { trust: trusted }\n", "")}`);
    writeFileSync(join(place, "pw"), "a-password-of-the-terminal\n", { mode: 0o600 });
    const seen = join(place, "calls");
    const program = join(top, "dist", "gatepost.cjs");
    const args = ["-f", "-qq", "-o", seen, process.execPath, program, "start", "--config", join(place, "gate.yaml")];
    const running = spawnSync("timeout", ["--signal=TERM", "8", "strace", ...args], { encoding: "utf8" });
    expect(running.stdout).toContain("gatepost is ready");
    const made = new Set([...readFileSync(seen, "utf8").matchAll(/^\d+ +(\w+)\(/gm)].map((found) => found[1] ?? ""));
    const allowed = permitted(readFileSync(unit, "utf8"));
    // V8 asks whether there are protection keys, and lives without; SQLite gives files to their owner only as root.
    const refused = new Set(["pkey_alloc", "fchown"]);
    expect([...made].filter((call) => !allowed.has(call) && !refused.has(call))).toEqual([]);
    expect(readFileSync(unit, "utf8")).toContain("SystemCallErrorNumber=EPERM");
    expect(made.has("adjtimex") || made.has("clock_adjtime")).toBe(true);
  });
});

/** The calls of SystemCallFilter= lines, as systemd reads them: in order, `~` takes away. */
function permitted(unit: string): ReadonlySet<string> {
  const allowed = new Set<string>();
  const members = (name: string): readonly string[] => {
    if (!name.startsWith("@")) return [name];
    const told = execFileSync("systemd-analyze", ["syscall-filter", "--no-pager", name], { encoding: "utf8" });
    const lines = told.split("\n").map((line) => line.trim());
    return lines.filter((line) => line !== "" && line !== name && !line.startsWith("#")).flatMap(members);
  };
  for (const [, minus, names = ""] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm))
    for (const call of names.split(" ").flatMap(members)) {
      if (minus === "~") allowed.delete(call);
      else allowed.add(call);
    }
  return allowed;
}

describe.skipIf(!installs)("a machine", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = openMachine();
  });
  afterEach(() => machine.leave());

  /** A configuration of the technician's, a list of the clerk's, and the gate at work. */
  async function atWork(): Promise<void> {
    const data = machine.at("var/lib/gatepost");
    const yaml = siteYaml({
      mqtt: "{ embedded: { host: 127.0.0.1, port: 0 } }",
      relays: "/dev/none",
      passwordFile: "secrets/pw",
    });
    const page = `page: { port: ${await freePort()} }`;
    writeFileSync(
      machine.at("etc/gatepost/gate.yaml"),
      `${page}\n${yaml.replace("dataDir: data", `dataDir: ${data}`)}`,
    );
    writeFileSync(machine.at("etc/gatepost/secrets/pw"), "a-password-of-the-terminal\n", { mode: 0o640 });
    writeFileSync(machine.at("residents.csv"), RESIDENTS);
    const program = machine.at("usr/bin/gatepost");
    const args = ["import", machine.at("residents.csv"), "--apply", "--config", machine.at("etc/gatepost/gate.yaml")];
    execFileSync(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    machine.systemctl("start", "gatepost");
    await until(
      () => machine.systemctl("is-active", "gatepost") === 0,
      20_000,
      () => machine.read("run/gate.out"),
    );
  }

  it("is installed, upgraded without losing anything, removed with its records kept, and purged", async () => {
    const installed = machine.dpkg(["--install", deb]);
    expect(installed, installed.told).toMatchObject({ code: 0 });
    expect(machine.current()).toBe("0.1.0");
    expect(machine.read("etc/passwd")).toMatch(/^gatepost:/m);
    expect(machine.read("etc/group")).toMatch(/^dialout:.*\bgatepost$/m);
    expect(machine.read("etc/group")).toMatch(/^gpio:.*\bgatepost$/m);
    expect(statSync(machine.at("etc/gatepost")).mode & 0o777).toBe(0o750);
    expect(existsSync(machine.at("etc/gatepost/gate.yaml.example"))).toBe(true);
    expect(existsSync(machine.at("etc/gatepost/gate.yaml"))).toBe(false);
    expect(existsSync(machine.at("usr/lib/gatepost/0.1.0/dist/service.cache"))).toBe(true);
    expect(readdirSync(machine.at("etc/systemd/system/multi-user.target.wants"))).toEqual(["gatepost.service"]);

    await atWork();
    const config = machine.read("etc/gatepost/gate.yaml");
    const next = changed(deb, "0.1.1", out, () => undefined);
    const upgraded = machine.dpkg(["--install", next]);
    expect(upgraded, upgraded.told).toMatchObject({ code: 0 });
    expect(machine.current()).toBe("0.1.1");
    expect(machine.systemctl("is-active", "gatepost")).toBe(0);
    expect(machine.read("etc/gatepost/gate.yaml")).toBe(config);
    expect(readdirSync(machine.at("usr/lib/gatepost/kept"))).toEqual(["0.1.0"]);

    // By hand to the version before, and on again.
    const by = { env: { ...process.env, DPKG_ROOT: machine.dir, PATH: `${machine.at("bin")}:${process.env.PATH}` } };
    execFileSync(machine.at("usr/lib/gatepost/switch"), ["kept/0.1.0"], { ...by, stdio: "ignore" });
    expect(machine.current()).toBe("kept/0.1.0");
    expect(machine.systemctl("is-active", "gatepost")).toBe(0);

    // Ready, but by the last good configuration: the version before comes back, as it would for a gate that isn't ready.
    writeFileSync(machine.at("var/lib/gatepost/gate.yaml.good"), config);
    writeFileSync(machine.at("etc/gatepost/gate.yaml"), config.replace("devices:", "devises:"));
    const refused = spawnSync(machine.at("usr/lib/gatepost/switch"), ["0.1.1"], { ...by, encoding: "utf8" });
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("0.1.1 finds errors in gate.yaml")]);
    expect(machine.current()).toBe("kept/0.1.0");
    writeFileSync(machine.at("etc/gatepost/gate.yaml"), config);

    expect(machine.dpkg(["--remove", "gatepost"])).toMatchObject({ code: 0 });
    expect(machine.systemctl("is-active", "gatepost")).not.toBe(0);
    expect(existsSync(machine.at("usr/lib/gatepost"))).toBe(false);
    expect(existsSync(machine.at("var/lib/gatepost/journal.sqlite"))).toBe(true);
    expect(machine.read("etc/gatepost/gate.yaml")).toBe(config);
    expect(machine.dpkg(["--purge", "gatepost"])).toMatchObject({ code: 0 });
    expect(existsSync(machine.at("var/lib/gatepost"))).toBe(false);
    expect(existsSync(machine.at("etc/gatepost"))).toBe(false);
  }, 240_000);

  it("tells its address and set-up code on the console, and by avahi when the page is on the network", async () => {
    machine.dpkg(["--install", deb]);
    await atWork();
    // As on a real machine: others may pass the folders, and the data is the service's.
    chmodSync(machine.dir, 0o755);
    const { uid, gid } = statSync(machine.at("var/lib/gatepost"));
    if (process.getuid?.() === 0) execFileSync("chown", ["-R", `${uid}:${gid}`, machine.at("var/lib/gatepost")]);
    mkdirSync(machine.at("etc/avahi/services"), { recursive: true });
    const announce = () =>
      execFileSync(machine.at("usr/lib/gatepost/announce"), { env: { ...process.env, DPKG_ROOT: machine.dir } });
    const issue = "run/issue.d/gatepost.issue";
    const service = "etc/avahi/services/gatepost.service";

    announce();
    const port = /port: (\d+)/.exec(machine.read("etc/gatepost/gate.yaml"))?.[1] ?? "";
    expect(machine.read(issue)).toContain(`http://127.0.0.1:${port}/  (on this machine only`);
    expect(machine.read(issue)).toMatch(/初装码: \S{8,}/);
    expect(statSync(machine.at(issue)).mode & 0o777).toBe(0o600);
    expect(existsSync(machine.at(service))).toBe(false);

    const local = `${hostname().split(".")[0]}.local`;
    const there = `page: { host: 0.0.0.0, tls: auto, hosts: [${local}], port: 8443 }`;
    const yaml = machine.read("etc/gatepost/gate.yaml");
    writeFileSync(machine.at("etc/gatepost/gate.yaml"), yaml.replace(/^page: .*$/m, there));
    announce();
    expect(machine.read(issue)).toContain(`https://${local}:8443/\n`);
    expect(machine.read(service)).toContain("<type>_https._tcp</type><port>8443</port>");

    // A configuration that isn't sound has no page to tell of.
    writeFileSync(machine.at("etc/gatepost/gate.yaml"), "site: 1\n");
    announce();
    expect([issue, service].filter((file) => existsSync(machine.at(file)))).toEqual([]);
  }, 240_000);

  it("has the old version and its data back when the new one isn't ready in time", async () => {
    machine.dpkg(["--install", deb]);
    await atWork();
    const list = readFileSync(machine.at("var/lib/gatepost/whitelist.sqlite"));
    const accounts = readFileSync(machine.at("var/lib/gatepost/accounts.sqlite"));
    // Writes the data in a form of its own and dies.
    const broken = changed(deb, "0.1.2", out, (lib) => {
      writeFileSync(join(lib, "schema"), "journal 99\nwhitelist 99\n");
      const launcher = join(lib, "dist/gatepost.cjs");
      const bad = `if (process.argv[2] === "start") { for (const one of ["whitelist", "accounts"]) require("node:fs").writeFileSync("${machine.at("var/lib/gatepost")}/" + one + ".sqlite", "a newer form"); process.exit(1); }`;
      writeFileSync(launcher, readFileSync(launcher, "utf8").replace('"use strict";', `"use strict";\n${bad}`));
    });
    const upgraded = machine.dpkg(["--install", broken], 6);
    // apt isn't left half-way: it would try again, on a gate in use, at its every run.
    expect(upgraded, upgraded.told).toMatchObject({ code: 0 });
    expect(upgraded.told).toContain("0.1.0 is back");
    expect(machine.current()).toBe("kept/0.1.0");
    await until(
      () => machine.systemctl("is-active", "gatepost") === 0,
      20_000,
      () => machine.read("run/gate.out"),
    );
    expect(readFileSync(machine.at("var/lib/gatepost/whitelist.sqlite")).subarray(0, 16)).toEqual(list.subarray(0, 16));
    expect(readFileSync(machine.at("var/lib/gatepost/accounts.sqlite")).subarray(0, 16)).toEqual(
      accounts.subarray(0, 16),
    );
    for (const one of ["whitelist", "accounts"])
      expect(machine.read(`var/lib/gatepost/after-0.1.2/${one}.sqlite`)).toBe("a newer form");
    expect(machine.read("var/lib/gatepost/upgrade-refused")).toMatch(/^0\.1\.2 0\.1\.0 /);
  }, 240_000);
});
