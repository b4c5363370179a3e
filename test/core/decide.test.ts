import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, isDecisive, isUnderDuress, isVehicle, planFor } from "../../src/core/decide.ts";
import {
  type AccessPointPlan,
  type ClockTrust,
  DENIALS,
  type Decision,
  type Denial,
  type Found,
  type LanePlan,
  type Now,
  type Question,
  type SitePlan,
  type Standing,
} from "../../src/core/terms.ts";

const DAY = 86_400_000;
/** Tuesday 2026-11-24, 12:00 in the compound. */
const NOON = Date.UTC(2026, 10, 24, 4);

const TIMES = { travelMs: 1, accessMs: 1, longAccessMs: 1, clearMs: 1, heldMs: 1, preAlarmMs: 1, stuckMs: 1, gapMs: 1 };
const lane = (id: string, kind: LanePlan["kind"]): LanePlan => ({
  id,
  kind,
  name: id,
  inputs: [],
  guards: [],
  canClose: false,
  canStop: false,
  times: TIMES,
  maxLockedOpenMs: 1,
});

const ENTRY: AccessPointPlan = {
  id: "walk-in",
  lane: "walk",
  direction: "in",
  readers: ["terminal"],
  to: "yard",
  minConfidence: 0.8,
  liveness: "required",
  freshMs: 3_000,
  plateQuietMs: 0,
  plateMaxMs: 0,
};

/** Tuesdays from 8 to 18: a pass that comes again. */
const OWN_TIMES = {
  id: "pass",
  windows: [{ weekdays: [2], holidays: "as-weekday", from: 480, until: 1_080 }],
} as const;

const SITE: SitePlan = {
  id: "site",
  name: "site",
  lanes: [lane("walk", "pedestrian"), lane("drive", "vehicle")],
  accessPoints: [ENTRY],
  areas: [{ id: "yard", antiPassback: "hard", timedMs: 0, capacity: 100 }],
  accessLevels: [
    { id: "always", accessPoints: ["walk-in"] },
    { id: "everywhere", accessPoints: ["walk-in", "drive-in"] },
    { id: "daytime", accessPoints: ["walk-in"], timeProfile: "day" },
    { id: "nights", accessPoints: ["walk-in"], timeProfile: "night" },
    { id: "feast", accessPoints: ["walk-in"], timeProfile: "holidays" },
    { id: "lost", accessPoints: ["walk-in"], timeProfile: "no-such-profile" },
    { id: "elsewhere", accessPoints: ["back-gate"] },
  ],
  timeProfiles: [
    { id: "day", windows: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], holidays: "as-weekday", from: 480, until: 1080 }] },
    { id: "night", windows: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], holidays: "as-weekday", from: 1080, until: 480 }] },
    { id: "holidays", windows: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], holidays: "only", from: 0, until: 1440 }] },
  ],
  holidays: ["2026-10-01"],
  graceDays: 7,
};
const PLAN = planFor(SITE);

function now(over: Partial<Now["wall"]> = {}): Now {
  return {
    at: 50_000,
    wall: { epochMs: NOON, trust: "trusted", date: "2026-11-24", weekday: 2, minute: 720, ...over },
  };
}

const FOUND: Found = {
  credential: { type: "face", value: "f-17", enabled: true },
  holder: {
    id: "h-17",
    name: "王芳",
    kind: "resident",
    household: "3-2-501",
    blocked: false,
    accessLevels: ["always"],
  },
};
const STANDING: Standing = { householdInside: 0, areaInside: 0, uses: 0 };

const ASKED: Question = {
  now: now(),
  accessPoint: ENTRY,
  mode: "controlled",
  report: { is: "presented", claim: { type: "face", value: "f-17" }, live: true, confidence: 0.9, liveness: "passed" },
  found: FOUND,
  standing: STANDING,
};

/** Changes one corner of a question and leaves the others as earlier changes made them. */
type Change = (question: Question) => Question;
const report =
  (over: Partial<Question["report"]>): Change =>
  (question) => ({ ...question, report: { ...question.report, ...over } });
const credential =
  (over: Partial<Found["credential"]>): Change =>
  (question) =>
    question.found === undefined
      ? question
      : { ...question, found: { ...question.found, credential: { ...question.found.credential, ...over } } };
const holder =
  (over: Partial<Found["holder"]>): Change =>
  (question) =>
    question.found === undefined
      ? question
      : { ...question, found: { ...question.found, holder: { ...question.found.holder, ...over } } };
const standing =
  (over: Partial<Standing>): Change =>
  (question) => ({ ...question, standing: { ...question.standing, ...over } });
const point =
  (over: Partial<AccessPointPlan>): Change =>
  (question) =>
    question.accessPoint === undefined ? question : { ...question, accessPoint: { ...question.accessPoint, ...over } };
const wall =
  (over: Partial<Now["wall"]>): Change =>
  (question) => ({ ...question, now: { ...question.now, wall: { ...question.now.wall, ...over } } });
const all =
  (...changes: readonly Change[]): Change =>
  (question) =>
    changes.reduce((changed, change) => change(changed), question);
const clock = (trust: ClockTrust) => wall({ trust });

const asVehicle = holder({ kind: "vehicle" });

/** For each reason a change that makes its rule say no, and no other on an otherwise good question. */
const SAYS_NO: Readonly<Record<Denial, Change>> = {
  "not-fresh": (question) => ({ ...question, staleness: "retained" }),
  "reader-unknown": (question) => ({ ...question, accessPoint: undefined }),
  "low-confidence": report({ confidence: 0.79 }),
  "no-liveness": report({ liveness: "failed" }),
  "credential-not-found": (question) => ({ ...question, found: undefined }),
  blocklisted: holder({ blocked: true }),
  "credential-not-enabled": credential({ enabled: false }),
  "clock-untrusted": all(clock("untrusted"), credential({ validFrom: NOON - 9 * DAY })),
  "credential-not-active": credential({ validFrom: NOON + 1 }),
  "credential-expired": credential({ validUntil: NOON - 7 * DAY }),
  "device-refused": report({ verdict: "refuse" }),
  "locked-down": (question) => ({ ...question, mode: "locked-down" }),
  unauthorized: holder({ accessLevels: ["elsewhere"] }),
  "not-permitted-at-this-time": holder({ accessLevels: ["nights"] }),
  "needs-second-credential": point({ secondWithinMs: 10_000 }),
  "antipassback-violation": standing({ area: "yard" }),
  "lane-full": all(asVehicle, standing({ areaInside: 101 })),
  "household-quota-used": all(asVehicle, holder({ spaces: 1 }), standing({ householdInside: 1 })),
  "use-count-exhausted": all(credential({ maxUses: 1 }), standing({ uses: 1 })),
};

function reasonOf(decision: Decision): string {
  return decision.is === "granted" ? "granted" : decision.reason;
}

describe("a good question", () => {
  it("is granted without notes", () => {
    expect(decide(PLAN, ASKED)).toEqual({ is: "granted", notes: [] });
  });
});

describe("each rule says no by itself", () => {
  it.each(DENIALS)("%s", (reason) => {
    const decision = decide(PLAN, SAYS_NO[reason](ASKED));
    expect(reasonOf(decision)).toBe(reason);
    expect(decision.is).toBe(reason === "needs-second-credential" ? "waiting" : "denied");
  });
});

describe("of two rules that say no, the earlier names the reason", () => {
  const pairs = DENIALS.flatMap((earlier, index) => DENIALS.slice(index + 1).map((later) => [earlier, later] as const));
  it.each(pairs)("%s before %s", (earlier, later) => {
    // unauthorized and not-permitted change the same list; the earlier is applied last and stands.
    expect(reasonOf(decide(PLAN, SAYS_NO[earlier](SAYS_NO[later](ASKED))))).toBe(earlier);
  });

  it("all of them at once: not fresh", () => {
    expect(decide(PLAN, all(...[...DENIALS].reverse().map((reason) => SAYS_NO[reason]))(ASKED))).toEqual({
      is: "denied",
      reason: "not-fresh",
      staleness: "retained",
      ask: false,
    });
  });
});

describe("the fine print of each rule", () => {
  const plate = all(report({ claim: { type: "plate", value: "苏E5K38M" } }), credential({ type: "plate" }));
  const card = all(report({ claim: { type: "card", value: "0012" } }), credential({ type: "card" }));
  const silent: Change = (question) => {
    const { liveness: _, confidence: __, ...bare } = question.report;
    return { ...question, report: bare };
  };
  const second = (type: "face" | "card", at: number): Change =>
    all(point({ secondWithinMs: 10_000 }), (question) => ({ ...question, first: { type, at } }));
  const outward: Change = (question) => {
    const { to: _, ...exit } = question.accessPoint ?? ENTRY;
    return { ...question, accessPoint: { ...exit, direction: "out", from: "yard" } };
  };

  it.each<[string, Change, string]>([
    ["a face at exactly the wanted confidence", report({ confidence: 0.8 }), "granted"],
    ["a confidence that is no number", report({ confidence: Number.NaN }), "low-confidence"],
    ["a plate below it", all(plate, report({ confidence: 0.5 })), "low-confidence"],
    ["a card has no confidence to fall short of", all(card, report({ confidence: 0.1 })), "granted"],
    ["a device that tells no confidence", all(card, silent), "granted"],
    ["a silent face where liveness is required", silent, "no-liveness"],
    ["a silent face where silence is allowed", all(silent, point({ liveness: "unless-silent" })), "granted"],
    ["a failed one there", all(report({ liveness: "failed" }), point({ liveness: "unless-silent" })), "no-liveness"],
    ["a card needs no liveness", all(card, report({ liveness: "failed" })), "granted"],
    ["the device's allow changes nothing", report({ verdict: "allow" }), "granted"],
    [
      "blocklisted and refused by the device",
      all(report({ verdict: "refuse" }), holder({ blocked: true })),
      "blocklisted",
    ],
    ["valid from this very moment", credential({ validFrom: NOON }), "granted"],
    [
      "valid until this very moment, no resident",
      all(holder({ kind: "visitor" }), credential({ validUntil: NOON })),
      "credential-expired",
    ],
    ["valid one millisecond longer", all(holder({ kind: "visitor" }), credential({ validUntil: NOON + 1 })), "granted"],
    ["a resident on the last day of grace", credential({ validUntil: NOON - 7 * DAY + 1 }), "granted"],
    ["a household's vehicle has no grace", all(asVehicle, credential({ validUntil: NOON - 1 })), "credential-expired"],
    ["locked open: decided as ever", (question) => ({ ...question, mode: "locked-open" }), "granted"],
    [
      "locked open: a stranger stays one",
      (question) => ({ ...question, mode: "locked-open", found: undefined }),
      "credential-not-found",
    ],
    ["no level at all", holder({ accessLevels: [] }), "unauthorized"],
    ["a level that doesn't exist", holder({ accessLevels: ["gone"] }), "unauthorized"],
    ["an access point that no level names", point({ id: "roof" }), "unauthorized"],
    ["one of two levels permits", holder({ accessLevels: ["nights", "daytime"] }), "granted"],
    ["a level for holidays on a Tuesday", holder({ accessLevels: ["feast"] }), "not-permitted-at-this-time"],
    [
      "the same on the holiday",
      all(holder({ accessLevels: ["feast"] }), wall({ date: "2026-10-01", weekday: 4 })),
      "granted",
    ],
    ["a credential with times of its own, within them", credential({ times: OWN_TIMES }), "granted"],
    [
      "the same in the evening",
      all(credential({ times: OWN_TIMES }), wall({ minute: 1_200 })),
      "not-permitted-at-this-time",
    ],
    [
      "the same with a clock that nobody believes",
      all(credential({ times: OWN_TIMES }), wall({ trust: "untrusted" })),
      "clock-untrusted",
    ],
    ["a level whose time profile doesn't exist", holder({ accessLevels: ["lost"] }), "not-permitted-at-this-time"],
    ["the second of another type in time", second("card", 40_000), "granted"],
    ["the second too late", second("card", 39_999), "needs-second-credential"],
    ["the same type twice", second("face", 45_000), "needs-second-credential"],
    ["soft anti-passback lets in", standing({ area: "garage" }), "granted"],
    ["a person in a full area", standing({ areaInside: 101 }), "granted"],
    [
      "a person of a household without a space left",
      all(holder({ spaces: 1 }), standing({ householdInside: 1 })),
      "granted",
    ],
    [
      "a vehicle going out of a full area",
      all(outward, asVehicle, standing({ areaInside: 200, householdInside: 5 }), holder({ spaces: 1 })),
      "granted",
    ],
    ["a plate is a vehicle in any lane", all(plate, standing({ areaInside: 100 })), "lane-full"],
    [
      "a card in a vehicle lane is a vehicle",
      all(
        card,
        holder({ accessLevels: ["everywhere"] }),
        point({ id: "drive-in", lane: "drive" }),
        standing({ areaInside: 100 }),
      ),
      "lane-full",
    ],
    ["a use left", all(credential({ maxUses: 2 }), standing({ uses: 1 })), "granted"],
    ["a one-time visitor on the way out", all(outward, credential({ maxUses: 1 }), standing({ uses: 1 })), "granted"],
  ])("%s: %s", (_, change, reason) => {
    expect(reasonOf(decide(PLAN, change(ASKED)))).toBe(reason);
  });

  it("the wait for a second credential ends", () => {
    expect(decide(PLAN, point({ secondWithinMs: 10_000 })(ASKED))).toEqual({
      is: "waiting",
      reason: "needs-second-credential",
      until: 60_000,
    });
  });
});

describe("an untrusted clock", () => {
  it.each<[string, Change, string]>([
    ["no limits: passes", all(), "granted"],
    ["a resident's level without times: passes in 1970 too", wall({ epochMs: 0, date: "1970-01-01" }), "granted"],
    ["an end date", credential({ validUntil: NOON + DAY }), "clock-untrusted"],
    ["a start date", credential({ validFrom: NOON - DAY }), "clock-untrusted"],
    ["levels with times only", holder({ accessLevels: ["daytime", "nights"] }), "clock-untrusted"],
    ["one level without times", holder({ accessLevels: ["daytime", "always"] }), "granted"],
    ["no level here: the clock has nothing to do with it", holder({ accessLevels: ["elsewhere"] }), "unauthorized"],
  ])("%s", (_, change, reason) => {
    const decision = decide(PLAN, all(change, clock("untrusted"))(ASKED));
    expect(reasonOf(decision)).toBe(reason);
    if (reason === "clock-untrusted") expect(decision).toEqual({ is: "denied", reason, ask: true });
  });
});

describe("what is offered to the guard", () => {
  it.each<[string, Change, boolean]>([
    ["a stranger", SAYS_NO["credential-not-found"], false],
    ["an almost-match", all(SAYS_NO["credential-not-found"], (question) => ({ ...question, almost: true })), true],
    ["a device clock nobody knows", (question) => ({ ...question, staleness: "device-clock-unknown" }), true],
    ["an old message", (question) => ({ ...question, staleness: "too-old" }), false],
    ["somebody blocklisted", SAYS_NO.blocklisted, false],
    ["already inside", SAYS_NO["antipassback-violation"], false],
    [
      "already inside, but another entrance is silent",
      all(SAYS_NO["antipassback-violation"], standing({ apart: "hard" })),
      true,
    ],
    ["full, but another entrance is silent", all(SAYS_NO["lane-full"], standing({ apart: "soft" })), true],
    [
      "no space left, but another entrance is silent",
      all(SAYS_NO["household-quota-used"], standing({ apart: "soft" })),
      true,
    ],
  ])("%s: %s", (_, change, ask) => {
    expect(decide(PLAN, change(ASKED))).toMatchObject({ is: "denied", ask });
  });
});

describe("notes", () => {
  const soft = planFor({ ...SITE, areas: [{ id: "yard", antiPassback: "soft", timedMs: 0 }] });
  it.each<[string, Change, readonly string[]]>([
    ["already inside, softly", standing({ area: "yard" }), ["antipassback-soft"]],
    ["duress by the device's word", report({ duress: true }), ["duress"]],
    ["duress by the credential's", credential({ duress: true }), ["duress"]],
    ["days of grace", credential({ validUntil: NOON - DAY }), ["in-grace"]],
    ["a clock in holdover", clock("holdover"), ["clock-holdover"]],
    [
      "all of them",
      all(standing({ area: "yard" }), report({ duress: true }), credential({ validUntil: NOON }), clock("holdover")),
      ["antipassback-soft", "duress", "in-grace", "clock-holdover"],
    ],
  ])("%s", (_, change, notes) => {
    expect(decide(soft, change(ASKED))).toEqual({ is: "granted", notes });
  });

  it.each([
    ["hard", PLAN],
    ["timed", planFor({ ...SITE, areas: [{ id: "yard", antiPassback: "timed", timedMs: 60_000 }] })],
  ])("while another entrance is silent, and policy says so, %s anti-passback lets in and tells why", (_, plan) => {
    const inside = standing({ area: "yard", since: 49_000 });
    expect(reasonOf(decide(plan, inside(ASKED)))).toBe("antipassback-violation");
    expect(reasonOf(decide(plan, all(inside, standing({ apart: "hard" }))(ASKED)))).toBe("antipassback-violation");
    const apart = all(inside, standing({ apart: "soft" }));
    expect(decide(plan, apart(ASKED))).toEqual({ is: "granted", notes: ["entrances-apart"] });
    // It excuses nothing else.
    expect(reasonOf(decide(plan, all(apart, SAYS_NO.blocklisted)(ASKED)))).toBe("blocklisted");
    expect(decide(plan, standing({ apart: "soft" })(ASKED))).toEqual({ is: "granted", notes: [] });
  });

  it("without days of grace nobody is in grace", () => {
    const strict = planFor({ ...SITE, graceDays: 0 });
    expect(reasonOf(decide(strict, credential({ validUntil: NOON })(ASKED)))).toBe("credential-expired");
  });

  it("duress is known without a cardholder", () => {
    expect(isUnderDuress({ ...ASKED.report, duress: true }, undefined)).toBe(true);
    expect(isUnderDuress(ASKED.report, undefined)).toBe(false);
  });

  it("a resident with a card is no vehicle at the pedestrian gate", () => {
    expect(isVehicle(PLAN, ENTRY, FOUND)).toBe(false);
    expect(isVehicle(PLAN, { ...ENTRY, lane: "drive" }, FOUND)).toBe(true);
  });
});

describe("a decisive read", () => {
  const plate = (confidence: number) =>
    report({ claim: { type: "plate", value: "苏E5K38M" }, confidence })(ASKED).report;
  it.each([
    ["on the whitelist and sure", 0.8, FOUND, true],
    ["on the whitelist and unsure", 0.79, FOUND, false],
    ["sure of somebody unknown", 0.99, undefined, false],
  ])("%s", (_, confidence, found, decisive) => {
    expect(isDecisive(ENTRY, plate(confidence), found)).toBe(decisive);
  });
});

// ── Storm ───────────────────────────────────────────────────────────────────────────────────────────────────────────
describe("storm", () => {
  const changes: readonly Change[] = [
    ...DENIALS.map((reason) => SAYS_NO[reason]),
    (question) => ({ ...question, mode: "locked-open" }),
    (question) => ({ ...question, first: { type: "card", at: 49_000 } }),
    clock("holdover"),
    clock("untrusted"),
    asVehicle,
    report({ duress: true }),
    report({ verdict: "allow" }),
    holder({ accessLevels: ["always", "nights"] }),
    wall({ epochMs: 0, date: "1970-01-01", minute: 0, weekday: 4 }),
  ];
  const question = fc.array(fc.constantFrom(...changes), { maxLength: 4 }).map((chosen) => all(...chosen)(ASKED));

  it("never grants what is stale, unknown, blocked, refused by the device or locked down (seed 71)", () => {
    let granted = 0;
    fc.assert(
      fc.property(question, (asked) => {
        const decision = decide(PLAN, asked);
        expect(decide(PLAN, asked)).toEqual(decision);
        if (decision.is === "denied") return;
        expect(asked.staleness).toBeUndefined();
        expect(asked.accessPoint).toBeDefined();
        expect(asked.found).toBeDefined();
        expect(asked.found?.holder.blocked).toBe(false);
        expect(asked.found?.credential.enabled).toBe(true);
        expect(asked.report.verdict).not.toBe("refuse");
        expect(asked.mode).not.toBe("locked-down");
        if (decision.is === "waiting") return;
        granted += 1;
        expect(isDecisive(asked.accessPoint ?? ENTRY, asked.report, asked.found)).toBe(true);
      }),
      { seed: 71, numRuns: 20_000 },
    );
    expect(granted).toBeGreaterThan(1_000);
  });

  it("one more reason to say no never turns a denial into a grant (seed 72)", () => {
    // These two replace the holder's levels, which may be the better ones at another hour.
    const adding = DENIALS.filter((reason) => reason !== "unauthorized" && reason !== "not-permitted-at-this-time");
    fc.assert(
      fc.property(question, fc.constantFrom(...adding), (asked, reason) => {
        const more = SAYS_NO[reason](asked);
        if (decide(PLAN, asked).is === "denied") expect(decide(PLAN, more).is).not.toBe("granted");
      }),
      { seed: 72, numRuns: 10_000 },
    );
  });
});
