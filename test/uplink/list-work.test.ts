// What the register's thread says of a change, in the contract's words; and what is told when it doesn't say.
import { expect, it } from "vitest";
import type { CountyAnswer } from "../../src/adapters/register-county.ts";
import { GateError } from "../../src/core/fault.ts";
import { listWork, outcomeOf } from "../../src/main-commands-list.ts";
import { resultSchema } from "../../src/uplink/command-result.ts";

const ERASE = {
  schemaVersion: "1.0",
  id: "c0ffee00-0000-4000-8000-000000000001",
  site: "xinghe",
  gate: "south",
  epoch: "c0ffee00-0000-4000-8000-000000000002",
  counter: 1,
  validUntilMs: 1,
  who: "王敏",
  why: "本人申请",
  kind: "erase",
  person: "R-1",
} as const;

const workThat = (ask: () => Promise<never>) =>
  listWork({ register: { ask }, wallMs: () => 5, listChanged: () => undefined });
const held = (count: number) => Array.from({ length: count }, (_, n) => `put/${n}`);

it.each<[string, CountyAnswer, object]>([
  ["done", { is: "done", generation: 4, held: [] }, { state: "done", code: "carried-out", generation: 4 }],
  [
    "done but for the clerk's",
    { is: "done", generation: 4, held: held(101) },
    { state: "done", code: "partly-carried-out", generation: 4, stillSuspended: held(100) },
  ],
  ["a part", { is: "kept" }, { state: "done", code: "part-kept" }],
  [
    "refused",
    { is: "refused", why: "id-taken", at: "put/3", generation: 3 },
    { state: "refused", code: "id-taken", at: "put/3", generation: 3 },
  ],
])("%s", (_, answer, outcome) => {
  const told = outcomeOf(answer);
  expect(told).toEqual(outcome);
  const { state, code, stillSuspended } = resultSchema.shape;
  for (const [schema, value] of [
    [state, told.state],
    [code, told.code],
    [stillSuspended, told.stillSuspended],
  ] as const)
    expect(schema.safeParse(value).success).toBe(true);
});

it("a list that can't be changed now is refused; a task that was ended in the middle is nobody's to deny", async () => {
  const fails = (cause: unknown) => workThat(() => Promise.reject(cause)).erase(ERASE);
  expect(await fails(new GateError("DATABASE_BUSY", "x"))).toEqual({ state: "refused", code: "list-unavailable" });
  await expect(fails(new GateError("REGISTER_TOO_HEAVY", "x"))).rejects.toThrow("REGISTER_TOO_HEAVY");
  await expect(fails(new TypeError("ours"))).rejects.toThrow("ours");
});

it("what the gate's end cut off isn't answered any more: the next start tells it as uncertain", async () => {
  let fail = (_cause: Error): void => undefined;
  const work = workThat(
    () =>
      new Promise((_, no) => {
        fail = no;
      }),
  );
  let told = false;
  void work.erase(ERASE).finally(() => {
    told = true;
  });
  work.close();
  fail(new Error("the gate is closing"));
  await new Promise((next) => setImmediate(next));
  expect(told).toBe(false);
});
