/** Promise 3: a damaged key file doesn't keep the gate from starting, and changes nobody's pseudonym. */
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { siteKey } from "../../src/adapters/keys.ts";
import { place } from "./journal-place.ts";

it("is made once and read again, for us alone", () => {
  const file = join(place(), "site.key");
  const key = siteKey(file);
  expect(key.length).toBe(32);
  expect(Buffer.from(siteKey(file))).toEqual(Buffer.from(key));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it.each<readonly [string, (file: string) => void]>([
  ["cut short", (file) => truncateSync(file, 0)],
  ["gone", (file) => rmSync(file)],
  ["overwritten", (file) => writeFileSync(file, "something else")],
])("%s: its copy serves, and mends it", (_what, damage) => {
  const dir = place();
  const file = join(dir, "site.key");
  const key = siteKey(file);
  damage(file);
  expect(Buffer.from(siteKey(file))).toEqual(Buffer.from(key));
  for (const other of readdirSync(dir)) if (other !== "site.key") rmSync(join(dir, other));
  expect(Buffer.from(siteKey(file))).toEqual(Buffer.from(key));
});

it("a site from before there were copies gets one", () => {
  const dir = place();
  const file = join(dir, "site.key");
  const key = siteKey(file);
  for (const other of readdirSync(dir)) if (other !== "site.key") rmSync(join(dir, other));
  siteKey(file);
  truncateSync(file, 3);
  expect(Buffer.from(siteKey(file))).toEqual(Buffer.from(key));
});

it("both damaged: a fault, never a new key, which would give every used code its uses back", () => {
  const dir = place();
  const file = join(dir, "site.key");
  siteKey(file);
  for (const each of readdirSync(dir)) truncateSync(join(dir, each), 5);
  expect(() => siteKey(file)).toThrow("SECRET_UNREADABLE");
});

it("a folder that can't be written is a clear fault", () => {
  const dir = join(place(), "none");
  mkdirSync(dir);
  chmodSync(dir, 0o500);
  expect(() => siteKey(join(dir, "deeper", "site.key"))).toThrow("SECRET_UNREADABLE");
});
