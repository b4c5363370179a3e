import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { expect, it } from "vitest";
import { parse as parseYaml } from "yaml";

const shipped = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../config/${name}`, import.meta.url)), "utf8");
const rows: readonly Readonly<Record<string, string>>[] = parse(shipped("example-residents.csv"), { columns: true });
/** GA 36: ordinary plates of 7, new-energy ones of 8 characters. */
const ORDINARY = /^[川渝粤][A-Z][A-HJ-NP-Z0-9]{5}$/;
const NEW_ENERGY = /^[川渝粤][A-Z](?:[DABCEFGHJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[DABCEFGHJK])$/;

it("the example residents have valid plates, some of them new-energy", () => {
  const plates = rows.flatMap((row) => (row.车牌 ?? "").split(";").filter((plate) => plate !== ""));
  for (const plate of plates) expect(ORDINARY.test(plate) || NEW_ENERGY.test(plate), plate).toBe(true);
  expect(plates.filter((plate) => NEW_ENERGY.test(plate)).length).toBeGreaterThanOrEqual(3);
});

it("each credential belongs to one person, and every access level exists", () => {
  for (const column of ["编号", "人脸编号", "卡号", "通行码"]) {
    const values = rows.map((row) => row[column] ?? "").filter((value) => value !== "");
    expect(new Set(values).size, column).toBe(values.length);
  }
  const levels = parseYaml(shipped("example.yaml")).accessLevels.map((level: { id: string }) => level.id);
  expect(new Set(rows.map((row) => row.权限组))).toEqual(new Set(levels));
});

it("some are expired, blocked, limited in time, and without a face", () => {
  expect(rows.length).toBe(30);
  expect(rows.some((row) => row.有效期至 === "2026-05-31")).toBe(true);
  expect(rows.filter((row) => row.状态 === "停用").length).toBe(3);
  expect(rows.some((row) => row.人脸编号 === "" && row.卡号 !== "")).toBe(true);
});
