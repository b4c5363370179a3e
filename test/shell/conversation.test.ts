/** Promises 1 and 2 on a shared line: a command that had to wait is told as failed, not sent when its moment is over. */
import { expect, it } from "vitest";
import type { EncodedCommand } from "../../src/decode/terms.ts";
import { openConversation } from "../../src/shell/conversation.ts";
import type { Outcome } from "../../src/shell/perform.ts";
import { handClock } from "./hand-clock.ts";

const answered = (byte: number, timeoutMs = 300): EncodedCommand => ({
  name: "c",
  out: { bytes: Uint8Array.of(byte) },
  expects: {
    timeoutMs,
    matches: (heard) => (heard.via === "frame" && heard.bytes[0] === byte ? "ok" : "other"),
  },
  retries: 0,
});

function line() {
  const clock = handClock();
  const sent: number[] = [];
  const talk = openConversation(async (out) => void sent.push(...out.bytes), clock);
  talk.reset(true);
  return { clock, sent, talk };
}

it("an open behind a request that isn't answered for long is failed, not sent later", async () => {
  const { clock, sent, talk } = line();
  const outcomes: Outcome[] = [];
  void talk.ask(answered(1, 5_000)).then((outcome) => outcomes.push(outcome));
  const opened = talk.ask(answered(2));
  clock.to(5_000);
  expect(await opened).toBe("failed");
  expect(outcomes).toEqual(["uncertain"]);
  expect(sent).toEqual([1]);
});

it("one that waited for a moment only is sent, and what comes behind an old one too", async () => {
  const { clock, sent, talk } = line();
  void talk.ask(answered(1, 900));
  void talk.ask(answered(2, 400));
  clock.to(900);
  expect(sent).toEqual([1, 2]);
  void talk.ask(answered(3));
  clock.to(1_300);
  expect(sent).toEqual([1, 2, 3]);
});
