/** `check` and `doctor` ask for the list of holidays that a time profile needs; a running gate's start doesn't depend on the day. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { lookAtWhitelist } from "../../src/adapters/whitelist-look.ts";
import { dataPart } from "../../src/cli/doctor-data.ts";
import { houseAt } from "../../src/cli/house.ts";
import { doctorWork } from "../../src/cli/work-doctor.ts";
import { loadConfig } from "../../src/config/load.ts";
import { skeleton } from "../../src/core/plates.ts";
import { top } from "../whole/place.ts";

const example = join(top, "config/example.yaml");
const told = (today?: string) =>
  loadConfig(example, {}, { readSecrets: false, ...(today === undefined ? {} : { today }) }).warnings.filter(
    ({ code }) => code === "HOLIDAYS_UNPUBLISHED",
  );

it("the example, whose list is of 2026: nothing in November, 2027 from December on, with the line", () => {
  expect(told("2026-11-30")).toEqual([]);
  const [december, ...more] = told("2026-12-01");
  expect(more).toEqual([]);
  expect(december).toMatchObject({ path: "site.holidays", line: 17, severity: "warning" });
  expect(december?.message.zh).toContain("2027 年的节假日未发布");
  expect(december?.message.en).toContain("Holidays of 2027 not published");
  expect(told("2027-01-01")).toHaveLength(1);
  expect(told()).toEqual([]);
});

it("doctor tells it by its own clock", async () => {
  const at = async (now: string) => {
    const sync = { now: () => true, sinceBoot: () => true };
    const around = { machine: { root: "/nowhere" }, sync, now: new Date(now), env: {} };
    const { parts } = await doctorWork(
      { ...houseAt(top), loadOptions: { ...houseAt(top).loadOptions, readSecrets: false } },
      { configPath: example },
      around,
    );
    const config = parts.find(({ part }) => part === "config");
    return (config?.findings ?? []).filter(({ detail }) => detail.includes("HOLIDAYS_UNPUBLISHED"));
  };
  expect(await at("2026-11-25T04:00:00Z")).toEqual([]);
  expect(await at("2026-12-02T04:00:00Z")).toHaveLength(1);
});

it("at 80,000 people with stored faces doctor tells of the filing that 100,000 need", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatepost-filing-"));
  try {
    const file = join(folder, "whitelist.sqlite");
    openWhitelist({ file, skeleton }).close();
    const db = new Database(file);
    const add = db.prepare(
      "INSERT INTO credential(type, value, original, holder, enabled, duress) VALUES (?, ?, ?, ?, 1, 0)",
    );
    const findings = () => dataPart(folder).findings;
    const codes = () =>
      findings().flatMap(({ code, detail }) => (code === "IMPACT_UNSIGNED" ? [] : `${code} ${detail}`));
    db.transaction(() => {
      for (let n = 1; n < 80_000; n++) add.run("face", `f${n}`, `f${n}`, `p${n}`);
      // A second face and a card are no further people.
      add.run("face", "f-second", "f-second", "p1");
      add.run("card", "c1", "c1", "p80000");
    })();
    expect(lookAtWhitelist(file)).toEqual({ credentials: 80_001, faces: 79_999 });
    expect(codes()).toEqual([]);
    add.run("face", "f80000", "f80000", "p80000");
    expect(codes()).toEqual(["FACES_NEAR_FILING 80000 / 100000"]);
    db.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
