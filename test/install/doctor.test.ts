import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { diskHints, isReadOnly, mayUse, mosquittoDelays, powerOf, userOf } from "../../src/adapters/machine.ts";
import { dataPart } from "../../src/cli/doctor-data.ts";
import { gatePart } from "../../src/cli/doctor-gate.ts";
import { clockPart, powerPart } from "../../src/cli/doctor-machine.ts";
import { rightsPart } from "../../src/cli/doctor-rights.ts";
import { FINDINGS } from "../../src/cli/doctor-table.ts";
import { certificatePart, gpioPart } from "../../src/cli/doctor-wires.ts";
import { loadConfig } from "../../src/config/load.ts";
import { GateError } from "../../src/core/fault.ts";
import { SOUND, siteFolder } from "../config/site.ts";
import { openPlace, type Place, startGate, top } from "../whole/place.ts";
import { importResidents, siteYaml } from "../whole/site.ts";

const root = mkdtempSync(join(tmpdir(), "gatepost-doctor-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let n = 0;
/** A machine's files, by path. */
function machine(files: Readonly<Record<string, string>>): { readonly root: string } {
  const dir = join(root, String(n++));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return { root: dir };
}
const codes = (part: { readonly findings: readonly { readonly code: string }[] }) =>
  part.findings.map(({ code }) => code);

it("every finding says in both languages what it is and what to do", () => {
  for (const { says, mend } of Object.values(FINDINGS))
    for (const { zh, en } of [says, mend]) {
      expect(zh).toMatch(/\p{Script=Han}|^chmod/u);
      expect(en).not.toMatch(/\p{Script=Han}/u);
    }
});

describe("power", () => {
  const THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled";
  it.each([
    ["0", []],
    ["0x1", ["POWER_LOW"]],
    ["50000", ["POWER_WAS_LOW"]],
    ["50005", ["POWER_LOW", "TOO_HOT"]],
  ])("get_throttled %s", (told, expected) => {
    expect(codes(powerPart(machine({ [THROTTLED]: `${told}\n` })))).toEqual(expected);
    expect(codes(powerPart({ ...machine({}), vcgencmd: () => `throttled=0x${told.replace("0x", "")}\n` }))).toEqual(
      expected,
    );
  });

  it("the voltage sensor where that is all there is; nothing on another machine", () => {
    const volt = { "sys/class/hwmon/hwmon2/name": "rpi_volt\n", "sys/class/hwmon/hwmon2/in0_lcrit_alarm": "1\n" };
    expect(powerOf(machine(volt))).toMatchObject({ lowNow: true });
    expect(powerOf(machine({}))).toBeUndefined();
    expect(codes(powerPart(machine({})))).toEqual([]);
  });
});

describe("clock", () => {
  const sync = (now: boolean, sinceBoot: boolean) => ({ now: () => now, sinceBoot: () => sinceBoot });
  it.each([
    [true, true, "2026-11-25", "trusted", []],
    [false, true, "2026-11-25", "holdover", []],
    [false, false, "2026-11-25", "untrusted", ["CLOCK_UNSTEERED"]],
    [false, false, "1970-01-01", "untrusted", ["CLOCK_WRONG"]],
  ])("steered %s, since boot %s, %s: %s", (now, boot, date, says, expected) => {
    const part = clockPart(sync(now, boot), new Date(date));
    expect(part.says).toBe(says);
    expect(codes(part)).toEqual(expected);
  });
});

describe("disk, users, Mosquitto", () => {
  it("a worn card and errors of the file system are named", () => {
    const worn = { "sys/block/mmcblk0/device/life_time": "0x01 0x09\n", "sys/fs/ext4/mmcblk0p2/errors_count": "3\n" };
    expect(diskHints(machine(worn))).toEqual(["mmcblk0: life_time 1 9, pre_eol 1", "mmcblk0p2: ext4 errors 3"]);
    expect(diskHints(machine({ "sys/block/mmcblk0/device/life_time": "0x02 0x01\n" }))).toEqual([]);
  });

  it("read-only is the mount that the folder lies on", () => {
    const mounts = "/dev/a / ext4 rw,noatime 0 0\n/dev/b /var/lib ext4 ro,errors=remount-ro 0 0\n";
    expect(isReadOnly(machine({ "proc/mounts": mounts }), "/var/lib/gatepost")).toBe(true);
    expect(isReadOnly(machine({ "proc/mounts": mounts }), "/var/library")).toBe(false);
  });

  it("who may use a serial line goes by owner, group and mode", () => {
    const system = machine({
      "etc/passwd": "root:x:0:0::/:/bin/sh\ngatepost:x:990:991::/:/usr/sbin/nologin\n",
      "etc/group": "dialout:x:20:pi,gatepost\ngpio:x:997:pi\n",
    });
    const user = userOf(system, "gatepost");
    expect(user).toEqual({ uid: 990, groups: [991, 20] });
    if (user === undefined) return;
    expect(mayUse(user, { uid: 0, gid: 20, mode: 0o20660 })).toBe(true);
    expect(mayUse(user, { uid: 0, gid: 997, mode: 0o20660 })).toBe(false);
    expect(mayUse(user, { uid: 0, gid: 20, mode: 0o20640 })).toBe(false);
  });

  it("Mosquitto's delay is seen in its own files", () => {
    const main = { "etc/mosquitto/mosquitto.conf": "listener 1883\n" };
    expect(mosquittoDelays(machine(main))).toBe(true);
    expect(mosquittoDelays(machine({ ...main, "etc/mosquitto/conf.d/a.conf": "set_tcp_nodelay true\n" }))).toBe(false);
    expect(mosquittoDelays(machine({}))).toBeUndefined();
  });
});

it("pins: free or ours, another program's, beyond the chip, no chip", () => {
  const wires = {
    lanes: new Map([
      [
        "car-in",
        { lane: "car-in", outputs: { open: { via: "gpio", offset: 17, activeLow: false, pulseMs: 500 } }, inputs: [] },
      ],
    ] as const),
    gpioInputs: [],
  };
  const look = (backend: "auto" | "sysfs", by: string | undefined) =>
    codes(
      gpioPart({ config: { gpio: { backend } } }, wires, (_chip, lines) => lines.map((offset) => ({ offset, by }))),
    );
  expect(look("auto", "")).toEqual([]);
  expect(look("auto", "gatepost")).toEqual([]);
  expect(look("auto", "w1-gpio")).toEqual(["GPIO_TAKEN"]);
  expect(look("auto", undefined)).toEqual(["GPIO_LINE_MISSING"]);
  expect(look("sysfs", "w1-gpio")).toEqual([]);
  const none = () => {
    throw new GateError("GPIO_UNAVAILABLE", "/dev: no GPIO chip");
  };
  expect(codes(gpioPart({ config: { gpio: { backend: "auto" } } }, wires, none))).toEqual(["GPIO_MISSING"]);
});

it("what the service's user may not read or write is named", () => {
  const dir = machine({ "gate.yaml": "", "secrets/pw": "x", "data/whitelist.sqlite": "" }).root;
  chmodSync(join(dir, "secrets/pw"), 0o600);
  chmodSync(join(dir, "data/whitelist.sqlite"), 0o644);
  const loaded = loadConfig(join(top, "config/example.yaml"), {}, { readSecrets: false });
  if (!("config" in loaded)) throw new Error("the example has errors");
  const [first] = loaded.config.devices;
  if (first === undefined) throw new Error("the example has no device");
  const config = { ...loaded.config, devices: [{ ...first, mqtt: { passwordFile: "secrets/pw" } }] };
  const given = { config, file: join(dir, "gate.yaml"), dataDir: join(dir, "data") };
  const stranger = { uid: 54_321, groups: [54_321] };
  expect(codes(rightsPart(given, stranger))).toEqual(["SECRET_FORBIDDEN", "DATA_FORBIDDEN"]);
  expect(codes(rightsPart(given, { uid: 0, groups: [0] }))).toEqual([]);
  expect(codes(rightsPart(given))).toEqual([]);
});

it("certificates: over, soon over, good, none", () => {
  const file = join(root, "cert.pem");
  const args = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "/dev/null",
    "-subj",
    "/CN=gate",
    "-days",
    "90",
  ];
  execFileSync("openssl", [...args, "-out", file], { stdio: "ignore" });
  const files = (pem: string) => ({
    secrets: {
      devices: new Map(),
      calls: new Map(),
      readerKeys: new Map(),
      files: new Map([
        ["http.tls.cert", pem],
        ["http.tls.key", "x"],
      ]),
    },
  });
  const pem = readFileSync(file, "utf8");
  const after = (days: number) => new Date(Date.now() + days * 86_400_000);
  expect(codes(certificatePart(files(pem), after(1)))).toEqual([]);
  expect(codes(certificatePart(files(pem), after(70)))).toEqual(["CERTIFICATE_SOON"]);
  expect(codes(certificatePart(files(pem), after(91)))).toEqual(["CERTIFICATE_OVER"]);
  expect(codes(certificatePart(files("no certificate"), after(1)))).toEqual(["CERTIFICATE_UNREADABLE"]);
});

describe("who answers on the page's port", () => {
  const answers: readonly (readonly [string, readonly string[], Partial<Record<string, string | undefined>>])[] = [
    ["nobody in time", ["GATE_SILENT"], {}],
    ["another program's words", ["PAGE_PORT_TAKEN"], { "/readyz": "<html>" }],
    [
      "a gate that doesn't tell its state",
      ["STATE_UNREADABLE"],
      { "/readyz": '{"ready":true,"why":[]}', "/api/v1/state": "{}" },
    ],
  ];
  it.each(answers)("%s: %j", async (_is, expected, says) => {
    const server = createServer((request, response) => {
      const text = says[request.url ?? ""];
      // Closed after each: a connection that is kept would not tell that nobody listens any more.
      if (text !== undefined) response.setHeader("connection", "close").end(text);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const site = siteFolder(SOUND.replace("dataDir: data", `page: { port: ${port} }`));
    try {
      const loaded = loadConfig(site.file, {}, { readSecrets: false });
      if (!("config" in loaded)) throw new Error(JSON.stringify(loaded.errors));
      expect(codes(await gatePart(loaded, expected.includes("GATE_SILENT") ? 100 : 60_000))).toEqual(expected);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      expect(codes(await gatePart(loaded, 60_000))).toEqual(["GATE_NOT_RUNNING"]);
    } finally {
      server.closeAllConnections();
      server.close();
      site.remove();
    }
  });
});

describe("beside a real gate", () => {
  let place: Place;
  beforeEach(() => {
    place = openPlace();
  });
  afterEach(() => place.leave());

  /** The program's own word, as JSON. */
  async function doctor(env: Readonly<Record<string, string>>) {
    const args = [join(top, "dist", "gatepost.cjs"), "doctor", "--json", "--config", join(place.dir, "gate.yaml")];
    const running = place.run(process.execPath, args, env);
    const code = await running.ended;
    const told: { parts: { part: string; findings: { code: string; detail: string }[] }[] } = JSON.parse(
      running.printed(),
    );
    return { code, part: (name: string) => told.parts.find(({ part }) => part === name)?.findings ?? [] };
  }

  it("tells the device that isn't there, and later that nobody runs, and the damage", async () => {
    place.write("pw", "a-password-of-the-terminal\n");
    const yaml = siteYaml({
      mqtt: "{ embedded: { host: 127.0.0.1, port: 0 } }",
      relays: "/dev/no-such-line",
      passwordFile: "pw",
    });
    place.write("gate.yaml", yaml);
    await importResidents(place);
    // Its relay board isn't there: alive, and not ready.
    const gate = await startGate(place, yaml, {}, "healthz");
    const env = { GATEPOST_PAGE_PORT: new URL(gate.page).port };
    const running = await doctor(env);
    expect(running.code).toBe(2);
    expect(running.part("serial").map(({ code }) => code)).toEqual(["SERIAL_MISSING"]);
    expect(running.part("gate").map(({ code }) => code)).toContain("DEVICE_DOWN");
    const down = running.part("gate").filter(({ code }) => code === "DEVICE_DOWN");
    expect(down.map(({ detail }) => detail).join()).toContain("relays: /dev/no-such-line");
    expect(running.part("data").map(({ code }) => code)).toEqual(["IMPACT_UNSIGNED"]);

    await gate.running.stop();
    expect((await doctor(env)).part("gate").map(({ code }) => code)).toEqual(["GATE_NOT_RUNNING"]);
    const journal = readFileSync(join(place.dir, "data", "journal.sqlite"));
    writeFileSync(join(place.dir, "data", "journal.sqlite"), journal.fill(0x55, 0, 4096));
    writeFileSync(join(place.dir, "data", "site.key"), "short");
    chmodSync(join(place.dir, "data", "site.key"), 0o644);
    expect(codes(dataPart(join(place.dir, "data")))).toEqual(["IMPACT_UNSIGNED", "JOURNAL_DAMAGED", "KEY_EXPOSED"]);
  });
});
