/** Promise 3: a fault that passes lets nobody in, and doesn't bring back who was taken off the list. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import type { Person } from "../../src/adapters/whitelist-people.ts";
import { skeleton } from "../../src/core/plates.ts";
import { place } from "./journal-place.ts";

const resident = (n: number): Person => ({
  id: `p${n}`,
  name: `张${n}`,
  kind: "resident",
  blocked: false,
  slow: false,
  levels: ["all"],
  credentials: [{ type: "card", value: `${1000 + n}`, original: `${1000 + n}` }],
});
const removed = resident(1);
const many = Array.from({ length: 2_000 }, (_, n) => resident(n + 2));

/** The generation before has somebody who was taken off since. */
function listed(): string {
  const file = join(place(), "whitelist.sqlite");
  const list = openWhitelist({ file, skeleton });
  list.replaceAll([removed, ...many], "test", 0);
  list.replaceAll(many, "test", 1);
  list.close();
  return file;
}

/** Which of this process's open files the database is. */
function descriptorOf(file: string): number {
  for (const fd of readdirSync("/proc/self/fd"))
    if (existsSync(`/proc/self/fd/${fd}`) && readlinkSync(`/proc/self/fd/${fd}`) === file) return Number(fd);
  throw new Error("not open");
}

it("a disk that doesn't answer this once: nobody is found, the fault is told, the next look-up asks again", () => {
  const file = listed();
  const told: string[] = [];
  const list = openWhitelist({ file, skeleton, onFault: (fault) => told.push(fault.code) });
  const fd = descriptorOf(file);
  closeSync(fd);
  expect(list.find("card", "1002")).toBeUndefined();
  expect(told).toEqual(["DATABASE_REFUSED"]);
  expect(openSync(file, "r+")).toBe(fd);
  expect(list.find("card", "1002")?.holder.id).toBe("p2");
  expect(list.find("card", "1001")).toBeUndefined();
  expect([existsSync(`${file}.damaged`), existsSync(`${file}.previous`)]).toEqual([false, true]);
  list.close();
});

it("real damage does bring back the generation before", () => {
  const file = listed();
  const damaged: string[] = [];
  const list = openWhitelist({ file, skeleton, onDamage: (why) => damaged.push(why) });
  const bytes = readFileSync(file);
  // Past the first page: the schema is still there, the rows are not.
  writeFileSync(file, bytes.fill(0xff, 4096));
  expect(list.find("card", "1500")?.holder.id).toBe("p500");
  expect(damaged[0]).toContain("DATABASE_DAMAGED");
  list.close();
});
