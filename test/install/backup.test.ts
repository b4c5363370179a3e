import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealTo, unseal } from "../../src/adapters/backup-cipher.ts";
import { parcel, unparcel } from "../../src/adapters/backup-parcel.ts";
import { DATABASES } from "../../src/cli/work-backup.ts";
import { GateError } from "../../src/core/fault.ts";
import { random as seeded } from "../../src/simulator/random.ts";
import { openPlace, type Place, startGate, top } from "../whole/place.ts";
import { importResidents, siteYaml, storedRows } from "../whole/site.ts";

const SECRET = "a-password-of-the-terminal";
const NAME = "林秀兰";
const PHRASE = "correct horse battery";

/** Every file below a folder with its bytes, to see that nothing was touched. */
function picture(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => [
      join(entry.parentPath, entry.name),
      readFileSync(join(entry.parentPath, entry.name), "base64"),
    ]),
  );
}

it("no database that a part of the gate keeps is left out", () => {
  const src = join(top, "src");
  const named = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [...readFileSync(join(src, name), "utf8").matchAll(/"(\w+\.sqlite)"/g)])
    .map(([, file]) => file);
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].sort()).toEqual([...DATABASES].sort());
});

describe("a gate", () => {
  let place: Place;
  let other: Place;
  let backup = "";
  const yaml = siteYaml({
    mqtt: "{ embedded: { host: 127.0.0.1, port: 0 } }",
    relays: "/dev/no-such-line",
    passwordFile: "secrets/pw",
  });

  async function gatepost(at: Place, ...args: readonly string[]): Promise<{ code: number | null; told: string }> {
    const phrase = at.write("phrase", `${PHRASE}\n`);
    const whole = [...args, "--passphrase-file", phrase, "--config", join(at.dir, "gate.yaml")];
    const running = at.run(process.execPath, [join(top, "dist", "gatepost.cjs"), ...whole]);
    return { code: await running.ended, told: running.printed() };
  }

  beforeAll(async () => {
    place = openPlace();
    other = openPlace();
    place.write("secrets/pw", `${SECRET}\n`);
    place.write("gate.yaml", yaml);
    await importResidents(place);
    const gate = await startGate(place, yaml, {}, "healthz");
    backup = join(place.dir, "gate.backup");
    // Beside the running gate.
    const made = await gatepost(place, "backup", backup, "--json");
    expect(made, made.told).toMatchObject({ code: 0 });
    expect(made.told).toContain("config/secrets/pw");
    const restored = await gatepost(place, "restore", backup);
    expect(restored).toMatchObject({ code: 1 });
    expect(restored.told).toContain("BACKUP_REFUSED");
    await gate.running.stop();
  }, 60_000);
  afterAll(async () => {
    await place.leave();
    await other.leave();
  });

  it("is one file for its owner alone, with nothing to be read in it", () => {
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(backup);
    for (const text of [SECRET, NAME, "SQLite format"]) expect(bytes.includes(Buffer.from(text))).toBe(false);
    expect(readdirSync(join(place.dir, "data")).filter((name) => name.startsWith("backup-"))).toEqual([]);
  });

  it("goes on on another machine: the same list, keys and secrets, and the chain continues", async () => {
    const restored = await gatepost(other, "restore", backup);
    expect(restored, restored.told).toMatchObject({ code: 0 });
    expect(readFileSync(join(other.dir, "secrets/pw"), "utf8")).toBe(`${SECRET}\n`);
    for (const name of ["site.key"])
      expect(readFileSync(join(other.dir, "data", name))).toEqual(readFileSync(join(place.dir, "data", name)));
    const before = storedRows(other).length;
    expect(before).toBeGreaterThan(0);
    const gate = await startGate(other, yaml, {}, "healthz");
    await gate.running.stop();
    expect(storedRows(other).length).toBeGreaterThan(before);
    const verified = execFileSync(
      process.execPath,
      [join(top, "dist/gatepost.cjs"), "journal", "verify", "--config", join(other.dir, "gate.yaml")],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    expect(verified).toContain("Whole");
    expect((await gatepost(other, "doctor", "--json")).told).not.toContain("DAMAGED");
  }, 60_000);

  it("keeps by name what was there", async () => {
    const rows = storedRows(place).length;
    const restored = await gatepost(place, "restore", backup);
    expect(restored, restored.told).toMatchObject({ code: 0 });
    expect(readdirSync(place.dir)).toContain("gate.yaml.before-restore-1");
    expect(storedRows(place).length).toBeLessThan(rows);
    const aside = openPlace();
    mkdirSync(join(aside.dir, "data"));
    writeFileSync(
      join(aside.dir, "data/journal.sqlite"),
      readFileSync(join(place.dir, "data/journal.sqlite.before-restore-1")),
    );
    expect(storedRows(aside).length).toBe(rows);
    await aside.leave();
  });

  it("a wrong passphrase, a cut file, a file of something else: refused, and not a byte is touched", async () => {
    const before = picture(join(other.dir, "data"));
    const bad = other.write("bad.backup", "");
    const whole = readFileSync(backup);
    for (const [bytes, code] of [
      [whole.subarray(0, whole.length - 1), "BACKUP_DAMAGED"],
      [whole.subarray(0, 70), "BACKUP_DAMAGED"],
      [Buffer.from("PK\u0003\u0004"), "BACKUP_DAMAGED"],
      [Buffer.alloc(0), "BACKUP_DAMAGED"],
    ] as const) {
      writeFileSync(bad, bytes);
      const refused = await gatepost(other, "restore", bad);
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.told).toContain(code);
    }
    const wrong = other.write("wrong", "not this passphrase\n");
    const args = [
      join(top, "dist/gatepost.cjs"),
      "restore",
      backup,
      "--passphrase-file",
      wrong,
      "--config",
      join(other.dir, "gate.yaml"),
    ];
    const running = other.run(process.execPath, args);
    expect(await running.ended).toBe(1);
    expect(running.printed()).toContain("BACKUP_LOCKED");
    expect(picture(join(other.dir, "data"))).toEqual(before);
    expect(readdirSync(other.dir).filter((name) => name.startsWith("restore-"))).toEqual([]);
  }, 60_000);
});

describe("the file", () => {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-backup-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const sealed = join(dir, "sealed");
  const source = join(dir, "source");

  beforeAll(async () => {
    writeFileSync(source, Buffer.alloc(200_000, "gate"));
    writeFileSync(join(dir, "empty"), "");
    const files = [
      { path: "data/site.key", file: source },
      { path: "config/secrets/empty", file: join(dir, "empty") },
      { path: "config/gate.yaml", file: source },
    ];
    await sealTo(sealed, PHRASE, parcel(files));
  });

  async function codeOf(file: string): Promise<string> {
    try {
      for await (const _ of unseal(file, PHRASE));
      return "opened";
    } catch (cause) {
      return cause instanceof GateError ? cause.code : String(cause);
    }
  }

  it("gives back what was put in", async () => {
    const folder = join(dir, "out");
    expect(await unparcel(unseal(sealed, PHRASE), folder)).toHaveLength(3);
    expect(readFileSync(join(folder, "config/gate.yaml")).equals(readFileSync(source))).toBe(true);
    expect(statSync(join(folder, "config/secrets/empty")).size).toBe(0);
  });

  const SEED = 20261125;
  it(`a bit flipped anywhere is found, 24 places, seed ${SEED}`, async () => {
    const random = seeded(SEED);
    const whole = readFileSync(sealed);
    const places = [
      0,
      16,
      17,
      20,
      40,
      50,
      64,
      whole.length - 1,
      ...Array.from({ length: 16 }, () => random.below(whole.length)),
    ];
    for (const at of places) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      writeFileSync(join(dir, "flipped"), flipped);
      expect(await codeOf(join(dir, "flipped")), `byte ${at}`).toMatch(/^BACKUP_(DAMAGED|LOCKED)$/);
    }
  }, 60_000);

  it(`cut anywhere it is refused, 12 places, seed ${SEED}`, async () => {
    const random = seeded(SEED);
    for (let n = 0; n < 12; n++) {
      const length = random.below(readFileSync(sealed).length);
      writeFileSync(join(dir, "cut"), readFileSync(sealed));
      truncateSync(join(dir, "cut"), length);
      expect(await codeOf(join(dir, "cut")), `length ${length}`).toBe("BACKUP_DAMAGED");
    }
  }, 60_000);

  it.each(["../out", "/etc/passwd", "data/../../x", "data/a/./b", "elsewhere/x", "data/.hidden"])(
    "no file finds a way out of its folder: %s",
    async (path) => {
      await expect(async () => {
        for await (const _ of parcel([{ path, file: source }]));
      }).rejects.toThrow();
      async function* forged() {
        yield Buffer.from(`${JSON.stringify({ path, size: 1 })}\nx`);
      }
      await expect(unparcel(forged(), join(dir, "forged"))).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
      expect(existsSync(join(dir, "out2"))).toBe(false);
    },
  );
});
