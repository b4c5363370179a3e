// Commands as requests: what each answer means, that an opening is said once, and what is heard in an answer.
import { describe, expect, it } from "vitest";
import type { Called } from "../../src/shell/ports.ts";
import { checked } from "../decode/testVendor.ts";
import { answer, openCallWall, settled, ufaceProfile } from "./call-wall.ts";

const YES = { result: 1, success: true, msg: "" };
const NO = { result: 1, success: false, msg: "密码错误" };
const gone: Called = { is: "unanswered", why: "no whole answer in time" };

const { records: _, ...ALONE } = ufaceProfile();

describe("an opening", () => {
  it.each<[string, Called, string]>([
    ["done", answer(YES), "done"],
    ["refused in words", answer(NO), "COMMAND_FAILED call-refused"],
    ["a good word with a bad status", answer(YES, 500), "COMMAND_UNCERTAIN call-unclear"],
    ["500", answer("oops", 500), "COMMAND_UNCERTAIN call-unclear"],
    ["garbage", answer("{{{{"), "COMMAND_UNCERTAIN call-unclear"],
    ["nothing", answer(""), "COMMAND_UNCERTAIN call-unclear"],
    ["not allowed", answer("", 401), "COMMAND_FAILED call-refused"],
    ["moved elsewhere", answer("", 302), "COMMAND_FAILED call-refused"],
    ["not there", answer("", 404), "COMMAND_FAILED call-refused"],
    ["never sent", { is: "unsent", why: "ECONNREFUSED" }, "COMMAND_FAILED call-unsent"],
    ["no answer", gone, "COMMAND_UNCERTAIN call-unanswered"],
  ])("%s", async (_name, called, outcome) => {
    const wall = openCallWall(() => called, ALONE);
    const opened = wall.devices.command("term", "open", {});
    // In the same turn: nothing is waited for before.
    expect(wall.asked.map(({ line, body }) => `${line} ${body}`)).toEqual(["POST /device/openDoorControl type=1"]);
    const became = await opened.then(
      (done) => done,
      (fault) => fault.code,
    );
    await wall.run(10_000);
    expect([became, ...wall.faults].join(" ")).toBe(outcome);
    expect(wall.asked.filter(({ line }) => line.startsWith("POST"))).toHaveLength(1);
    expect(wall.asked[0]?.times).toEqual({ freshMs: 1_000, timeoutMs: 3_000, alone: true });
  });

  it("is not kept out by what doesn't open, and neither is queued", async () => {
    const answers: ((called: Called) => void)[] = [];
    const wall = openCallWall(() => new Promise((done) => answers.push(done)));
    const asides = Array.from({ length: 5 }, () => wall.devices.converse("term", "personFind", {}));
    expect(await asides[4]).toEqual({ outcome: "failed" });
    const openings = Array.from({ length: 5 }, () => wall.devices.command("term", "open", {}));
    await expect(openings[4]).rejects.toThrow("COMMAND_FAILED: open: 4 requests are open");
    expect(wall.faults).toEqual(["call-busy", "call-busy"]);
    expect(wall.asked).toHaveLength(8);
    for (const done of answers) done(answer(YES));
    expect(await Promise.all(openings.slice(0, 4))).toEqual(["done", "done", "done", "done"]);
    const late = wall.devices.command("term", "open", {});
    await settled();
    answers.at(-1)?.(answer(YES));
    expect(await late).toBe("done");
  });

  it("after closing nothing is said, and what was under way is uncertain", async () => {
    const answers: ((called: Called) => void)[] = [];
    const wall = openCallWall(() => new Promise((done) => answers.push(done)));
    const under = wall.devices.command("term", "open", {});
    wall.devices.close();
    answers[0]?.(answer(YES));
    await expect(under).rejects.toThrow("COMMAND_UNCERTAIN");
    await expect(wall.devices.command("term", "open", {})).rejects.toThrow("COMMAND_FAILED");
    expect(wall.asked).toHaveLength(1);
  });

  it("can't be conversed about", async () => {
    const wall = openCallWall(() => answer(YES));
    expect(await wall.devices.converse("term", "open", {})).toEqual({ outcome: "failed" });
    expect(wall.asked).toEqual([]);
  });
});

/** A web relay with inputs that is asked four times a second: nothing but data. */
const RELAY = checked({
  form: "device",
  meta: { ...ufaceProfile().meta, id: "test" },
  link: { via: "http", calls: { auth: "none" } },
  payload: "json",
  messages: [
    {
      kind: "inputs",
      when: [{ asked: "inputs" }],
      fields: {
        on: { from: "/in", as: [{ enum: { map: { 1: "on" }, else: "off" } }] },
        who: { from: "/who", as: ["text"], optional: true },
      },
      reports: [
        { is: "inputs", levels: [{ channel: 1, level: "{on}" }] },
        {
          is: "presented",
          when: [{ field: "who", present: true }],
          claim: { type: "card", value: "{who}" },
          eventId: "{who}",
          live: true,
          deviceTimeMs: "{at}",
        },
      ],
    },
  ],
  commands: {
    inputs: {
      moves: "none",
      retries: 1,
      out: { request: { method: "GET", path: "/in" } },
      expects: { timeoutMs: 500, ok: [{ status: 200 }] },
    },
    close: {
      moves: "close",
      retries: 2,
      out: { request: { method: "POST", path: "/close" } },
      expects: { timeoutMs: 500, ok: [{ status: 200 }] },
    },
  },
  polls: [{ command: "inputs", everyMs: 250 }],
  samples: ufaceProfile().samples.slice(0, 1),
});

describe("a device that is only called", () => {
  it("its levels are heard; nobody in an answer is let in; silence makes them unknown, and it comes back", async () => {
    let reply: Called = answer({ in: 1, who: "0005913727" });
    const wall = openCallWall(() => reply, RELAY);
    await wall.run(1_000, 250);
    expect(new Set(wall.levels)).toEqual(new Set(["1 on"]));
    expect(wall.heard.map(({ report }) => report.is)).not.toContain("presented");
    expect(wall.devices.states()[0]).toMatchObject({ link: { is: "up" }, offline: false });
    reply = gone;
    await wall.run(2_000, 250);
    expect([wall.levels.at(-1), wall.offline]).toEqual(["all unknown", ["offline"]]);
    reply = answer({ in: 0 });
    await wall.run(1_000, 250);
    expect([wall.levels.at(-1), wall.offline]).toEqual(["1 off", ["offline", "back"]]);
    reply = answer("no JSON");
    await wall.run(500, 250);
    expect(wall.faults).toContain("not-json");
  });

  it("promise 2: a close that had no answer for so long is not said again", async () => {
    const answers: ((called: Called) => void)[] = [];
    const wall = openCallWall(() => new Promise((done) => answers.push(done)), RELAY);
    const closing = wall.devices.command("term", "close", {});
    wall.clock.to(1_001);
    answers[0]?.(gone);
    await expect(closing).rejects.toThrow("COMMAND_UNCERTAIN");
    expect(wall.asked.filter(({ line }) => line === "POST /close")).toHaveLength(1);
  });

  it("what may be said again is, while no answer comes; a refusal is taken at its word", async () => {
    const replies: Called[] = [gone, { is: "unsent", why: "ECONNREFUSED" }, answer({})];
    const wall = openCallWall((asking) => (asking.target === "/close" ? (replies.shift() ?? gone) : gone), RELAY);
    expect(await wall.devices.command("term", "close", {})).toBe("done");
    expect(wall.asked.filter(({ line }) => line === "POST /close")).toHaveLength(3);
  });
});
