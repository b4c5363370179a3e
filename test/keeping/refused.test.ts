/** A disk that refuses what a start needs of it is a fault with a code, never a bare error. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openAccountsFile } from "../../src/adapters/accounts-schema.ts";
import { makeDataFolder } from "../../src/adapters/database.ts";
import { place } from "./journal-place.ts";

it.each([
  ["the data folder", makeDataFolder],
  ["the accounts", openAccountsFile],
])("%s where a file stands in the way", (_what, open) => {
  const dir = place();
  writeFileSync(join(dir, "a-file"), "");
  expect(() => open(join(dir, "a-file", "here"))).toThrow(/^DATABASE_REFUSED: .*a-file.here: ENOTDIR/);
});

it("the data folder that is there is left as it is", () => {
  const dir = join(place(), "data");
  mkdirSync(dir);
  expect(() => makeDataFolder(dir)).not.toThrow();
});
