/** Promise 5 while the gate works: the chain is looked at in small slices, beside whoever writes it. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import type { Verified } from "../../src/adapters/journal-chain.ts";
import { type PastRow, recallRows } from "../../src/adapters/journal-past.ts";
import { watchChain } from "../../src/adapters/journal-watch.ts";
import { at, decision, durable, open, place } from "./journal-place.ts";

/** The next looks, one after the other. */
function looks(file: string, more: { readonly everyMs: number }) {
  const told: (Verified | string)[] = [];
  const hearers: (() => void)[] = [];
  const hear = (one: Verified | string) => {
    told.push(one);
    for (const then of hearers.splice(0)) then();
  };
  const watch = watchChain({
    file,
    tell: hear,
    onFault: (fault) => hear(fault.code),
    rowsPerSlice: 7,
    pauseMs: 1,
    ...more,
  });
  onTestFinished(() => watch.close());
  return async () => {
    if (told.length === 0) await new Promise<void>((done) => hearers.push(done));
    return told.shift();
  };
}

async function written(file: string, rows: number): Promise<void> {
  const journal = open(file);
  for (let n = 1; n <= rows; n++) journal.append(decision(n));
  await durable(journal, rows);
  journal.mark();
  await journal.close();
}

it("a whole chain is whole, also while rows are added", async () => {
  const file = join(place(), "journal.sqlite");
  await written(file, 100);
  const next = looks(file, { everyMs: 1 });
  const journal = open(file);
  for (let n = 101; n <= 300; n++) journal.append(decision(n));
  await durable(journal, 300);
  for (let n = 0; n < 3; n++) expect(await next()).not.toHaveProperty("bad");
  await journal.close();
});

it("a row that was changed is found; once it is as it was, that is over", async () => {
  const file = join(place(), "journal.sqlite");
  await written(file, 100);
  const hand = new Database(file);
  onTestFinished(() => void hand.close());
  const kept = hand.prepare<[], { open: string }>("SELECT open FROM journal WHERE seq = 50").get()?.open ?? "";
  hand.exec("DROP TRIGGER journal_no_update");
  const say = (open: string) => hand.prepare("UPDATE journal SET open = ? WHERE seq = 50").run(open);
  say("{}");
  const next = looks(file, { everyMs: 30 });
  expect(await next()).toMatchObject({ bad: { seq: 50, why: "edited" } });
  say(kept);
  let told = await next();
  for (let n = 0; n < 20 && typeof told === "object" && told.bad !== undefined; n++) told = await next();
  expect(told).toMatchObject({ rows: 100 });
  expect(told).not.toHaveProperty("bad");
});

it("a cut tail is found by the mark beside the file", async () => {
  const file = join(place(), "journal.sqlite");
  await written(file, 100);
  const hand = new Database(file);
  hand.exec("DROP TRIGGER journal_no_delete; DELETE FROM journal WHERE seq > 90; DELETE FROM checkpoint");
  hand.close();
  expect(await looks(file, { everyMs: 60_000 })()).toMatchObject({ bad: { seq: 91, why: "cut-tail" } });
});

it("a file that isn't there is a fault that passes", async () => {
  const next = looks(join(place(), "none.sqlite"), { everyMs: 1 });
  expect([await next(), await next()]).toEqual(["DATABASE_REFUSED", "DATABASE_REFUSED"]);
});

it("the rows of earlier starts are recalled, newest first, back to a moment", async () => {
  const file = join(place(), "journal.sqlite");
  await written(file, 100);
  const journal = open(file, { boot: "now" });
  journal.append(decision(101));
  await durable(journal, 101);
  const heard = await new Promise<readonly PastRow[]>((done) => {
    const rows: PastRow[] = [];
    const callOff = recallRows({
      file,
      boot: "now",
      sinceWallMs: at(50).wall.epochMs,
      rowsPerSlice: 10,
      pauseMs: 0,
      onFault: (fault) => done([{ boot: fault.code, wallMs: 0, trust: "", kind: "fault", open: {} }]),
      hear(row) {
        rows.push(row);
        if (row.wallMs <= at(50).wall.epochMs) done([...rows]);
      },
    });
    onTestFinished(callOff);
  });
  expect(heard).toHaveLength(51);
  expect(heard[1]).toMatchObject({
    kind: "decision",
    open: { reader: "face-1" },
    subject: expect.any(String),
    boot: "boot",
  });
  expect(heard[0]).not.toHaveProperty("subject");
  await journal.close();
});
