import { describe, expect, it } from "vitest";
import { ALARMS, DENIALS } from "../../src/core/terms.ts";
import {
  ALARM_WORDS,
  BARRIER_WORDS,
  DENIAL_WORDS,
  MODE_WORDS,
  NOTE_WORDS,
  REFUSAL_WORDS,
  STALENESS_WORDS,
  sentence,
} from "../../src/core/words.ts";

const TABLES = {
  DENIAL_WORDS,
  STALENESS_WORDS,
  NOTE_WORDS,
  ALARM_WORDS,
  BARRIER_WORDS,
  MODE_WORDS,
  REFUSAL_WORDS,
};
const every = Object.entries(TABLES).flatMap(([table, words]) =>
  Object.entries(words).map(([key, said]) => [table, key, said] as const),
);

describe("every word has its sentence", () => {
  it.each(every)("%s %s", (_, key, { zh, en }) => {
    expect(zh).toMatch(/^[\p{Script=Han}，。、！？]+$/u);
    expect([...zh].length).toBeLessThanOrEqual(22);
    expect(en).toMatch(/^[A-Za-z][\x20-\x7e]+$/);
    expect(en).not.toContain(key.includes("-") ? key : "\n");
  });

  it("knows every denial and alarm", () => {
    expect(Object.keys(DENIAL_WORDS).sort()).toEqual([...DENIALS].sort());
    expect(Object.keys(ALARM_WORDS).sort()).toEqual([...ALARMS].sort());
  });

  it.each(Object.entries(TABLES).filter(([name]) => name !== "NOTE_WORDS"))(
    "%s says no two things in the same words",
    (_, words) => {
      const said = Object.values(words).map(({ zh }) => zh);
      expect(new Set(said).size).toBe(said.length);
    },
  );
});

describe("the sentence of a decision", () => {
  it.each([
    [{ is: "granted", notes: [] }, "放行", "Let through."],
    [
      { is: "granted", notes: ["in-grace"] },
      "放行，已过期，还在宽限期内",
      "Let through; expired, within the days of grace.",
    ],
    // Duress stays silent: whoever forces the resident may read the same screen.
    [{ is: "granted", notes: ["duress"] }, "放行", "Let through."],
    [
      { is: "waiting", reason: "needs-second-credential", until: 1 },
      "还要再刷一样，比如卡或密码",
      "A second credential is needed, such as a card or PIN.",
    ],
    [
      { is: "denied", reason: "credential-not-found", ask: false },
      "不是本小区登记的人或车",
      "Not a person or vehicle registered here.",
    ],
    [
      { is: "denied", reason: "not-fresh", staleness: "too-old", ask: false },
      "这条记录来晚了，请再刷一次",
      "The record came too late; please try again.",
    ],
  ] as const)("%j", (decision, zh, en) => {
    expect(sentence(decision)).toEqual({ zh, en });
  });
});
