// Whoever writes a profile and gets a form wrong is shown the right one, and where a misplaced key belongs.
import { describe, expect, it } from "vitest";
import { formsOf } from "../../src/decode/forms.ts";
import { parseProfile } from "../../src/decode/load.ts";
import { mqttProfile } from "./testVendor.ts";

/** `place: message (hint)` of each finding. */
function told(more: object): string[] {
  const loaded = parseProfile({ ...mqttProfile({}), ...more }, "test");
  if (loaded.is === "profile") return [];
  return loaded.errors.map(
    ({ where, message, hint }) => `${where}: ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );
}

const kind = (more: object) => ({ messages: [{ kind: "any", when: [], reports: [{ is: "heartbeat" }], ...more }] });
const field = (as: readonly unknown[]) => kind({ fields: { a: { from: "/a", as } } });

describe("a profile with a form that is wrong", () => {
  it.each<[string, object, string]>([
    [
      "a group's name is missing",
      { params: { deviceId: { type: "text" } } },
      '/params/deviceId/hint: is missing (form: { "zh": text, "en": text })',
    ],
    [
      "a number stands for a group",
      field([{ scale: 0.1 }]),
      '/messages/0/fields/a/as/0/scale: expected object, received number (form: { "by": number, "plus"?: number })',
    ],
    [
      "a word isn't one of those that may stand there",
      { params: { deviceId: { type: "texts", hint: { zh: "a", en: "a" } } } },
      '/params/deviceId/type: Invalid option: expected one of "text"|"number" (form: "text" | "number")',
    ],
    [
      "a group of free names is missing",
      field([{ enum: {} }]),
      '/messages/0/fields/a/as/0/enum/map: is missing (form: { "…": text or number or boolean })',
    ],
    [
      "a key is misspelt",
      field([{ enum: { map: {}, els: 1 } }]),
      '/messages/0/fields/a/as/0/enum: unknown key "els" (known here: map, else)',
    ],
    [
      "a report has a key of another word",
      { messages: [{ kind: "any", when: [], reports: [{ is: "heartbeat", time: "{a}" }] }] },
      '/messages/0/reports/0: unknown key "time" (known here: is, when, deviceTimeMs)',
    ],
    [
      "an answer without its `out`",
      kind({ answers: [{ topic: "x", json: {} }] }),
      'unknown key "topic" (known here: when, out; "topic" belongs in /commands/*/out or ',
    ],
    [
      "a choice within a choice",
      kind({ answers: [{ out: { bytes: [5] } }] }),
      "/messages/0/answers/0/out/bytes/0: expected string, received number; or expected object, received number (form: text like ",
    ],
    ["a key belongs elsewhere", kind({ identity: [] }), '"identity" belongs in /)'],
    [
      "a list of groups is missing",
      kind({ reports: [{ is: "inputs" }] }),
      "/messages/0/reports/0/levels: is missing (form: ",
    ],
    [
      "a report isn't whole",
      kind({ reports: [{ is: "reply" }] }),
      "/messages/0/reports/0/ok: is missing (form: boolean or text like ",
    ],
  ])("%s", (_name, more, expected) => {
    expect(told(more).join("\n")).toContain(expected);
  });
});

describe("the form of a place", () => {
  const forms = formsOf(mqttProfile({}));
  it.each<[string, readonly PropertyKey[], string | RegExp]>([
    ["one word only", ["form"], '"device"'],
    ["a number", ["health", "heartbeatMs"], "integer"],
    ["a pair", ["messages", 0, "fields", "a", "as", 0, "slice"], /^\[/],
    ["the first of a pair", ["messages", 0, "fields", "a", "as", 0, "slice", 0], "integer"],
    ["a list within a list", ["opens"], /^\[\{ "pointer": text like .*, "as": "json" \| "base64-json" \}, …\]$/],
    ["nothing may stand there", ["meta", "id", "more"], ""],
    ["nothing is known of it", ["colour", "of", "it"], ""],
  ])("%s", (_name, path, expected) => {
    if (typeof expected === "string") expect(forms.at(path)).toBe(expected);
    else expect(forms.at(path)).toMatch(expected);
  });

  it("a long one is cut", () => {
    expect(forms.at([]).length).toBeLessThan(310);
    expect(forms.at([])).toMatch(/…$/);
  });

  it("of what is no profile at all, every form of one", () => {
    expect(formsOf(5).keysAt([])).toContain("lane");
    expect(formsOf(5).keysAt([])).toContain("messages");
  });
});
