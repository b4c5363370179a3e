/** Promise 6: a device that makes its event ids of what it read doesn't put it, in the clear and for ever, into the journal. */
import { expect, it } from "vitest";
import { openGateLoop, resident } from "./gate.ts";

const from = { device: "reader-in", epoch: 1, retained: false, redelivered: false, beforeConnection: false };

it.each([
  ["card:0005913727@2026-11-07 07:13:00", "0005913727", "card"],
  ["code:VIS-8842@2026-11-07 07:13:00", "VIS-8842", "code"],
  ["苏E5K38M", "苏E5K38M", "plate"],
] as const)("%s", (eventId, value, type) => {
  const gate = openGateLoop({}, [resident("zhao", { type, value })]);
  gate.loop.hear(from, { is: "presented", claim: { type, value }, live: true, eventId });
  const rows = gate.journal.latest(20);
  expect(rows.some((row) => row.open.outcome === "granted")).toBe(true);
  expect(JSON.stringify(rows.map((row) => row.open))).not.toContain(value);
  // It is used all the same.
  gate.loop.hear(from, { is: "presented", claim: { type, value }, live: true, eventId });
  expect(gate.journal.latest(1)[0]?.open.staleness).toBe("already-used");
});

it("a number that only stands in another one is left alone", () => {
  const gate = openGateLoop({}, []);
  gate.loop.hear(from, {
    is: "presented",
    claim: { type: "face", value: "182" },
    live: true,
    eventId: "rec:51822@07:13",
  });
  expect(gate.journal.latest(1)[0]?.open.eventId).toBe("rec:51822@07:13");
});
