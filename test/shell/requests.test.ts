// Requests of devices: answered once, when the row is on the disk, with the decision where the protocol carries it.
import { describe, expect, it } from "vitest";
import type { EncodedCommand, Outgoing } from "../../src/decode/terms.ts";
import type { Clock, RequestAnswer, RequestHeard } from "../../src/shell/ports.ts";
import { openRequests, type RequestRules } from "../../src/shell/requests.ts";

/** A clock that a test moves. */
function handClock(): Clock & { readonly pass: (ms: number) => void } {
  let at = 0;
  const due = new Map<() => void, number>();
  return {
    at: () => at,
    now: () => ({ at, wall: { epochMs: at, trust: "trusted", date: "2026-11-07", weekday: 6, minute: 0 } }),
    wakeAt(when, then) {
      due.set(then, when);
      return () => void due.delete(then);
    },
    pass(ms) {
      at += ms;
      for (const [then, when] of [...due]) if (when <= at && due.delete(then)) then();
    },
  };
}

function asked(became: "sent" | "gone" | "uncertain" = "sent") {
  const answers: string[] = [];
  const request: RequestHeard = {
    owner: "cam",
    method: "POST",
    path: "vz/plate",
    query: "",
    payload: new Uint8Array(0),
    answer(answer: RequestAnswer) {
      answers.push(`${answer.status} ${new TextDecoder().decode(answer.body)}`.trim());
      return Promise.resolve(became);
    },
  };
  return { request, answers };
}

const out = (body: string, to?: string): Outgoing => ({
  answer: { status: 200, type: "text/plain", headers: {}, ...(to === undefined ? {} : { to }) },
  bytes: new TextEncoder().encode(body),
});
const OPEN: EncodedCommand = { name: "open", out: out("ok", "plate"), retries: 0 };
const RULES: RequestRules = { kind: "plate", usual: () => out("no"), holdMs: 1_000, withinMs: 2_500 };

describe("a request", () => {
  it("is answered when its row is on the disk, not before", () => {
    const requests = openRequests(handClock());
    const { request, answers } = asked();
    const opened = requests.begin("cam", request, { ...RULES, holdMs: undefined });
    expect(answers).toEqual([]);
    opened.recorded();
    opened.recorded();
    expect(answers).toEqual(["200 no"]);
  });

  it("that waits for a decision is told no when none has come", () => {
    const clock = handClock();
    const { request, answers } = asked();
    openRequests(clock).begin("cam", request, RULES).recorded();
    clock.pass(999);
    expect(answers).toEqual([]);
    clock.pass(1);
    expect(answers).toEqual(["200 no"]);
  });

  it("carries the command that came in its turn, once the row is on the disk", async () => {
    const clock = handClock();
    const requests = openRequests(clock);
    const { request, answers } = asked();
    const opened = requests.begin("cam", request, RULES);
    const outcome = requests.command("cam", OPEN);
    expect(answers).toEqual([]);
    opened.recorded();
    expect(answers).toEqual(["200 ok"]);
    await expect(outcome).resolves.toBe("done");
    clock.pass(10_000);
    expect(answers).toHaveLength(1);
  });

  it("carries one that came later, while it waits", async () => {
    const clock = handClock();
    const requests = openRequests(clock);
    const { request, answers } = asked();
    requests.begin("cam", request, RULES).recorded();
    clock.pass(400);
    await expect(requests.command("cam", OPEN)).resolves.toBe("done");
    expect(answers).toEqual(["200 ok"]);
  });

  it("whose row isn't on the disk by the deadline opens nothing: the command has failed, the device tries again", async () => {
    const clock = handClock();
    const requests = openRequests(clock);
    const { request, answers } = asked();
    const opened = requests.begin("cam", request, RULES);
    const outcome = requests.command("cam", OPEN);
    clock.pass(1_500);
    clock.pass(1_000);
    expect(answers).toEqual(["503"]);
    await expect(outcome).resolves.toBe("failed");
    opened.recorded();
    expect(answers).toHaveLength(1);
  });

  it.each([
    ["gone", "failed"],
    ["uncertain", "uncertain"],
  ] as const)("of a device that hung up (%s): the command is %s", async (became, outcome) => {
    const requests = openRequests(handClock());
    const { request } = asked(became);
    requests.begin("cam", request, RULES).recorded();
    await expect(requests.command("cam", OPEN)).resolves.toBe(outcome);
  });

  it("serves one command, of its own kind and its own device", async () => {
    const requests = openRequests(handClock());
    const { request } = asked();
    requests.begin("cam", request, RULES);
    await expect(requests.command("other", OPEN)).resolves.toBe("failed");
    await expect(requests.command("cam", { ...OPEN, out: out("ok", "heartbeat") })).resolves.toBe("failed");
    void requests.command("cam", OPEN);
    await expect(requests.command("cam", OPEN)).resolves.toBe("failed");
    requests.close();
  });

  it("without any open, a command has failed: a guard's tap moves nothing here", async () => {
    await expect(openRequests(handClock()).command("cam", OPEN)).resolves.toBe("failed");
  });

  it("of a profile without an answer gets 200; at the end all are told to try again", () => {
    const requests = openRequests(handClock());
    const first = asked();
    requests.begin("cam", first.request, { ...RULES, usual: () => undefined, holdMs: undefined }).recorded();
    expect(first.answers).toEqual(["200"]);
    const second = asked();
    requests.begin("cam", second.request, RULES);
    requests.close();
    expect(second.answers).toEqual(["503"]);
  });
});
