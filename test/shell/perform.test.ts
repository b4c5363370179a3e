import { expect, it } from "vitest";
import { GateError } from "../../src/core/fault.ts";
import type { Command, LaneId } from "../../src/core/terms.ts";
import { type Output, openPerformer } from "../../src/shell/perform.ts";

/** What the loop is told of one command; resolves when it is told. */
function moved(output: Output | undefined): Promise<readonly [LaneId, Command, string, string?]> {
  return new Promise((done) => {
    const performer = openPerformer(
      new Map([["car-in", output === undefined ? {} : { open: output }]]),
      (lane, command, outcome, why) =>
        done(why === undefined ? [lane, command, outcome] : [lane, command, outcome, why]),
    );
    performer.move("car-in", "open");
  });
}

it.each<readonly [string, Output | undefined, readonly unknown[]]>([
  ["done", { send: async () => "done" }, ["done"]],
  ["not confirmed", { send: async () => "uncertain" }, ["uncertain"]],
  ["nothing wired", undefined, ["failed", "no output is wired for it"]],
  [
    "refused by the line",
    { send: () => Promise.reject(new GateError("GPIO_BUSY", "line 17 is busy")) },
    ["failed", expect.stringContaining("line 17 is busy")],
  ],
  [
    "sent, its answer lost",
    { send: () => Promise.reject(new GateError("COMMAND_UNCERTAIN", "no answer in 300 ms")) },
    ["uncertain", expect.stringContaining("no answer in 300 ms")],
  ],
  [
    "thrown in the same turn",
    {
      send() {
        throw new GateError("SERIAL_LOST", "the line is closed");
      },
    },
    ["failed", expect.stringContaining("the line is closed")],
  ],
])("%s", async (_what, output, expected) => {
  expect(await moved(output)).toEqual(["car-in", "open", ...expected]);
});

it("promise 1: one order is one sending, whatever became of it", async () => {
  let sent = 0;
  await moved({
    async send() {
      sent++;
      return "uncertain";
    },
  });
  expect(sent).toBe(1);
});

it("the output is told in the very turn of the move", () => {
  let sent = false;
  const performer = openPerformer(
    new Map([
      [
        "car-in",
        {
          open: {
            async send() {
              sent = true;
              return "done" as const;
            },
          },
        },
      ],
    ]),
    () => undefined,
  );
  performer.move("car-in", "open");
  expect(sent).toBe(true);
});
