/** Law: a person erased, and strangers forgotten by policy, can't be read any more, and the chain still verifies. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { verifyFile } from "../../src/adapters/journal-reader.ts";
import { forgetUsed } from "../../src/adapters/journal-retention.ts";
import { pseudonym } from "../../src/adapters/journal-seal.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { erasePerson } from "../../src/adapters/whitelist-erase.ts";
import type { Person } from "../../src/adapters/whitelist-people.ts";
import { skeleton } from "../../src/core/plates.ts";
import type { Entry } from "../../src/shell/ports.ts";
import { openRetentionWatch } from "../../src/shell/retention-watch.ts";
import { handClock } from "../shell/hand-clock.ts";
import { at, durable, open, place, SITE_KEY } from "./journal-place.ts";

const person = (id: string, name: string, household: string): Person => ({
  id,
  name,
  kind: "resident",
  blocked: false,
  slow: false,
  levels: ["all"],
  household,
  spaces: 2,
  credentials: [{ type: "card", value: `card-${id}`, original: `card-${id}` }],
});
const PEOPLE = [
  person("R-1", "林秀兰林秀兰", "3-1-302"),
  person("R-2", "周建国", "3-1-302"),
  person("R-3", "赵德福", "1-1-101"),
];
const HOW = { apply: true, by: "test", atWallMs: 5 };

const listOf = (file: string) => openWhitelist({ file, skeleton, subjectOf: (holder) => pseudonym(SITE_KEY, holder) });
const about = (n: number, subject: string | undefined, name: string): Entry => ({
  kind: "decision",
  now: at(n),
  open: {},
  ...(subject === undefined ? {} : { subject }),
  sealed: { name },
});

it("beside a running gate: gone from the list and the one before it, from the journal's reading, from the bytes", async () => {
  const dir = place();
  const file = join(dir, "whitelist.sqlite");
  const list = listOf(file);
  list.replaceAll(PEOPLE, "test", 0);
  list.replaceAll(PEOPLE, "test", 1);
  const journal = open(join(dir, "journal.sqlite"), { keyOf: list.keyOf, keyOfSubject: list.keyOfSubject });
  for (const { id, name } of PEOPLE) journal.append(about(1, id, name));
  await durable(journal, 3);
  const names = () => journal.latest(3).map((row) => row.sealed?.name);
  expect(names()).toEqual(["赵德福", "周建国", "林秀兰林秀兰"]);

  const preview = erasePerson(file, "R-1", { ...HOW, apply: false });
  expect(preview).toEqual({
    person: { name: "林秀兰林秀兰", household: "3-1-302", credentials: 1 },
    files: [file, `${file}.previous`],
    aside: [],
  });
  expect(list.find("card", "card-R-1")?.holder.id).toBe("R-1");

  erasePerson(file, "R-1", HOW);
  expect(list.find("card", "card-R-1")).toBeUndefined();
  expect(list.find("card", "card-R-2")?.holder.spaces).toBe(2);
  expect(list.made()).toMatchObject({ by: "test", credentials: 2 });
  expect(names()).toEqual(["赵德福", "周建国", undefined]);
  expect(erasePerson(file, "R-1", HOW)).toMatchObject({ files: [] });
  erasePerson(file, "R-3", HOW);
  for (const one of [file, `${file}-wal`, `${file}.previous`, `${file}.previous-wal`])
    if (existsSync(one)) expect(readFileSync(one).includes("林秀兰林秀兰"), one).toBe(false);
  await journal.close();
  list.close();
  expect(verifyFile(join(dir, "journal.sqlite")).bad).toBeUndefined();

  // The generation before, should it ever serve again, doesn't bring the person back.
  writeFileSync(file, Buffer.alloc(8_192, 0xff));
  const next = listOf(file);
  expect([...next.people()].map(({ id }) => id)).toEqual(["R-2"]);
  next.close();
  expect(erasePerson(file, "R-2", { ...HOW, apply: false }).aside).toEqual([`${file}.damaged`]);
});

it("retention: strangers of days long gone can't be read, newer ones can; once a day, and not without a clock", async () => {
  const file = join(place(), "journal.sqlite");
  const journal = open(file);
  const on = (date: string, n: number): Entry => ({
    ...about(n, undefined, date),
    now: { at: n, wall: { ...at(n).wall, date, epochMs: Date.parse(date) } },
    uses: { device: "face-1", eventId: `e${n}` },
    open: { reader: "face-1", eventId: `e${n}` },
  });
  for (const [n, date] of ["2026-05-01", "2026-10-24", "2026-10-25", "2026-11-24"].entries())
    journal.append(on(date, n + 1));
  await durable(journal, 4);
  const clock = handClock();
  const noted: unknown[] = [];
  const forgets: Promise<void>[] = [];
  const watch = openRetentionWatch({
    clock,
    loop: { note: (entry) => noted.push(entry.open) },
    strangerDays: 30,
    usedEventDays: 180,
    dateOf: (wallMs) => new Date(wallMs).toISOString().slice(0, 10),
    eraseDays: journal.eraseDays,
    forgetUsed(beforeWallMs, done) {
      forgets.push(
        new Promise((resolve, reject) => {
          const finished = (count: number) => {
            done(count);
            resolve();
          };
          forgetUsed({ file, beforeWallMs, done: finished, onFault: reject, idsPerSlice: 2, pauseMs: 0 });
        }),
      );
    },
  });
  clock.setWall(clock.now().wall.epochMs, "untrusted");
  watch.look();
  expect(forgets).toEqual([]);
  clock.setWall(Date.UTC(2026, 10, 24, 4), "trusted");
  watch.look();
  watch.look();
  await Promise.all(forgets);
  expect(noted).toEqual([{ before: "2026-10-25", days: 2, events: 1 }]);
  expect(journal.latest(4).map((row) => row.sealed?.name)).toEqual(["2026-11-24", "2026-10-25", undefined, undefined]);
  await journal.close();
  const next = open(file);
  expect([1, 2, 3, 4].map((n) => next.used("face-1", `e${n}`))).toEqual([false, true, true, true]);
  await next.close();
  expect(verifyFile(file).bad).toBeUndefined();
});
