import { describe, expect, it } from "vitest";
import { GateError } from "../../src/core/fault.ts";
import type { SiteEffect } from "../../src/core/site.ts";
import type { Decision } from "../../src/core/terms.ts";
import { type FeedbackPlan, nameFor, openFeedback } from "../../src/shell/feedback.ts";
import { handClock } from "./hand-clock.ts";

const PLAN: FeedbackPlan = {
  device: "led",
  show: "surname",
  onGranted: { command: "say", args: { text: "{plate} {name} {reason} 请进", volume: 3 } },
  onRefused: { command: "say", args: { text: "{name}{reason}" } },
};
const GRANTED: Decision = { is: "granted", notes: [] };
const denied = (reason: Extract<Decision, { is: "denied" }>["reason"], more: object = {}): Decision => ({
  is: "denied",
  reason,
  ask: false,
  ...more,
});

function site(plan: Partial<FeedbackPlan> = {}, fails: (text: string) => GateError | undefined = () => undefined) {
  const clock = handClock();
  const said: string[] = [];
  let slow = 0;
  const feedback = openFeedback({
    plans: new Map([["in", { ...PLAN, ...plan }]]),
    clock,
    devices: {
      async converse(device, command, args) {
        const fault = fails(String(args.text));
        if (fault !== undefined) throw fault;
        said.push(`${device} ${command} ${String(args.text)}`);
        if (slow > 0) await new Promise<void>((done) => void clock.wakeAt(clock.at() + slow, done));
        return { outcome: "done" };
      },
    },
  });
  const decide = (
    decision: Decision,
    claim: { type: "plate" | "face"; value: string } = { type: "face", value: "A" },
    point = "in",
  ) => {
    const effect: SiteEffect = {
      do: "decided",
      decision,
      asked: {
        id: "d",
        now: clock.now(),
        reader: "r",
        accessPoint: {
          id: point,
          lane: "l",
          direction: "in",
          readers: ["r"],
          minConfidence: 0.8,
          liveness: "unless-silent",
          freshMs: 3000,
          plateQuietMs: 0,
          plateMaxMs: 0,
        },
        report: { is: "presented", claim, live: true },
        found: {
          credential: { ...claim, enabled: true },
          holder: { id: "h", name: "林秀兰", kind: "resident", blocked: false, accessLevels: [] },
        },
        standing: { householdInside: 0, areaInside: 0, uses: 0 },
      },
    };
    feedback.decided([
      { do: "lapsed", lane: "l", credit: { id: "c", direction: "in", slow: false, vehicle: false } },
      effect,
    ]);
  };
  return {
    clock,
    said,
    decide,
    feedback,
    slowly(ms: number) {
      slow = ms;
    },
    async pass(ms: number) {
      clock.to(clock.at() + ms);
      await new Promise((next) => setImmediate(next));
    },
  };
}

describe("what is said", () => {
  it.each<[string, Decision, { type: "plate" | "face"; value: string } | undefined, string | undefined]>([
    ["a plate", GRANTED, { type: "plate", value: "川K12345" }, "led say 川K12345 林  请进"],
    ["a face, whose id is nobody's business", GRANTED, undefined, "led say 林  请进"],
    ["nothing of duress", { is: "granted", notes: ["duress", "antipassback-soft"] }, undefined, "led say 林  请进"],
    [
      "in the days of grace",
      { is: "granted", notes: ["in-grace"] },
      undefined,
      "led say 林 已经过期，请到物业办理延期 请进",
    ],
    ["why not", denied("lane-full"), undefined, "led say 林里面车位已满"],
    ["neither name nor reason of the barred", denied("blocklisted"), undefined, "led say 请联系门卫"],
    [
      "one credential more",
      { is: "waiting", reason: "needs-second-credential", until: 0 },
      undefined,
      "led say 林还要再刷一样，比如卡或密码",
    ],
    ["too late", denied("not-fresh", { staleness: "too-old" }), undefined, "led say 林这条记录来晚了，请再刷一次"],
    ["nothing to a record that is told again", denied("not-fresh", { staleness: "retained" }), undefined, undefined],
    ["no control characters", GRANTED, { type: "plate", value: "\u001b[2J川" }, "led say [2J川 林  请进"],
  ])("%s", async (_, decision, claim, expected) => {
    const one = site();
    one.decide(decision, claim);
    await one.pass(0);
    expect(one.said).toEqual(expected === undefined ? [] : [expected]);
  });

  it.each([
    ["name", "林秀兰", "林秀兰"],
    ["surname", "林秀兰", "林"],
    ["surname", "欧阳修文", "欧阳"],
    ["surname", "欧阳", "欧"],
    ["surname", "Ines Okafor", "Okafor"],
    ["surname", "", ""],
    ["nothing", "林秀兰", ""],
  ] as const)("%s of %s is %s", (show, name, expected) => {
    expect(nameFor(name, show)).toBe(expected);
    expect(nameFor(undefined, show)).toBe("");
  });

  it("a name that the board can't write is left out; another fault isn't tried again", async () => {
    const unfit = new GateError("INPUT_INVALID", "x");
    const rare = site({}, (text) => (text.includes("林") ? unfit : undefined));
    rare.decide(GRANTED);
    await rare.pass(0);
    expect(rare.said).toEqual(["led say 请进"]);
    const nameless = site({ show: "nothing" }, () => unfit);
    nameless.decide(GRANTED);
    await nameless.pass(0);
    expect(nameless.said).toEqual([]);
    const down = site({}, () => new GateError("BROKER_UNREACHABLE", "x"));
    down.decide(GRANTED);
    await down.pass(0);
    expect(down.said).toEqual([]);
  });

  it("not at another access point, nor where nothing is to be said", async () => {
    const one = site();
    one.decide(GRANTED, undefined, "out");
    const { onGranted: _, ...mute } = PLAN;
    const other = openFeedback({
      plans: new Map([["in", mute]]),
      clock: one.clock,
      devices: { converse: () => Promise.reject(new Error("said")) },
    });
    other.decided([]);
    await one.pass(0);
    expect(one.said).toEqual([]);
  });
});

describe("how fast", () => {
  it("a crowd: the newest after a pause, and what waited too long not at all", async () => {
    const one = site();
    for (const value of ["1", "2", "3"]) one.decide(GRANTED, { type: "plate", value });
    await one.pass(0);
    await one.pass(1_400);
    expect(one.said).toEqual(["led say 1 林  请进"]);
    await one.pass(200);
    expect(one.said).toEqual(["led say 1 林  请进", "led say 3 林  请进"]);
    await one.pass(2_000);
    one.slowly(5_000);
    one.decide(GRANTED, { type: "plate", value: "4" });
    await one.pass(0);
    one.decide(GRANTED, { type: "plate", value: "5" });
    await one.pass(5_000);
    await one.pass(5_000);
    expect(one.said).toHaveLength(3);
    one.feedback.close();
  });
});
