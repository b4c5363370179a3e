// What a command says of the list, looked over before the list is touched.
import { describe, expect, it } from "vitest";
import { listFault, type Upload, uploadAfter } from "../../src/adapters/register-upload.ts";
import type { Carried, Person } from "../../src/adapters/whitelist-people.ts";
import { isPlate, normalise } from "../../src/core/plates.ts";

const RULES = { levels: new Set(["residents"]), isPlate };
const person = (id: string, more: Partial<Person> = {}): Person => ({
  id,
  name: "林秀兰",
  kind: "resident",
  blocked: false,
  slow: false,
  levels: ["residents"],
  credentials: [],
  ...more,
});
const carries = (id: string, type: Carried["type"], original: string) =>
  person(id, { credentials: [{ type, value: type === "plate" ? normalise(original) : original, original }] });

it.each<[string, readonly Person[], readonly string[], unknown]>([
  ["nothing", [], [], undefined],
  ["two people and one who leaves", [carries("a", "card", "1"), carries("b", "plate", "浙C12345")], ["c"], undefined],
  ["somebody removed twice", [], ["a", "a"], { why: "listed-twice", at: "remove" }],
  ["somebody put and removed", [person("a")], ["a"], { why: "listed-twice", at: "put/0" }],
  ["somebody put twice", [person("a"), person("a")], [], { why: "listed-twice", at: "put/1" }],
  ["a level that isn't there", [person("a", { levels: ["vip"] })], [], { why: "level-unknown", at: "put/0/levels" }],
  ["a plate that is none", [carries("a", "plate", "12345")], [], { why: "plate-invalid", at: "put/0/credentials/0" }],
  [
    "one card with two people",
    [carries("a", "card", "1"), carries("b", "card", "1")],
    [],
    { why: "listed-twice", at: "put/1/credentials/0" },
  ],
  [
    "one plate, written in two ways",
    [carries("a", "plate", "浙C12345"), carries("b", "plate", "浙c·12345")],
    [],
    { why: "listed-twice", at: "put/1/credentials/0" },
  ],
])("%s", (_, put, removed, fault) => expect(listFault("put", put, removed, RULES)).toEqual(fault));

describe("a full list in parts", () => {
  const part = (n: number, of = 3, upload = "u") => ({ upload, part: n, parts: of, people: [person(`p${n}`)] });
  const arrives = (...parts: readonly ReturnType<typeof part>[]) =>
    parts.reduce<{ readonly is: string; readonly upload?: Upload }>((before, one) => uploadAfter(before.upload, one), {
      is: "",
    });
  it.each([
    ["one alone is whole", [part(1, 1)], "whole"],
    ["in order", [part(1), part(2), part(3)], "whole"],
    ["not yet all", [part(1), part(2)], "kept"],
    ["begun anew", [part(1), part(2), part(1)], "kept"],
    ["one is missing", [part(1), part(3)], "lost"],
    ["one comes twice", [part(1), part(2), part(2)], "lost"],
    ["without the first", [part(2)], "lost"],
    ["of another list", [part(1), part(2, 3, "v")], "lost"],
    ["another number of parts", [part(1), part(2, 4)], "lost"],
  ])("%s", (_, parts, is) => expect(arrives(...parts).is).toBe(is));
  it("holds everybody in order", () => {
    expect(
      arrives(part(1), part(2), part(3))
        .upload?.people.flat()
        .map(({ id }) => id),
    ).toEqual(["p1", "p2", "p3"]);
  });
});
