/** What a passage becomes for GA/T 1400, and that nothing else ever does (promise 6). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { plates } from "../../src/main-platforms.ts";
import { ENTRY_KINDS } from "../../src/shell/ports.ts";
import type { Grant } from "../../src/uplink/records.ts";
import { meaning, statusesIn, statusIn, timeIn } from "../../src/uplink/viid-answers.ts";
import {
  beijing,
  bodyOf,
  faceSchema,
  KINDS_TOLD,
  motorVehicleSchema,
  objectOf,
  personSchema,
  type ViidCodes,
} from "../../src/uplink/viid-objects.ts";
import { BOOT, row } from "../uplink/samples.ts";

const DEVICE = "33038100001190000001";
const CODES: ViidCodes = {
  deviceOf: () => DEVICE,
  isVehicleLane: (lane) => lane.startsWith("car"),
  persons: false,
  faces: false,
};
const ALL: ViidCodes = { ...CODES, persons: true, faces: true, tollgateId: "33038100001210000001" };
const grant = (way: Grant["way"], plate?: string): Grant => ({
  ...{ way, personKind: "resident", boot: BOOT, at: 1 },
  ...(plate === undefined ? {} : { plate }),
});
const passage = (seq: number, lane = "car-in") =>
  row(seq, "passage", { direction: "in", credit: "7f1d0c5e-2b1a-4c3d-8e9f-0a1b2c3d4e5f" }, { lane });
const WHEN = Date.UTC(2026, 10, 25, 0, 3, 7);

describe("a vehicle", () => {
  it("is told where, when and whether a plate was read; the rest as not known", () =>
    expect(objectOf(passage(1_234_567), grant("plate"), WHEN, ALL)).toEqual({
      kind: "vehicle",
      id: "330381000011900000010220261126182043000120234567",
      fields: {
        MotorVehicleID: "330381000011900000010220261126182043000120234567",
        InfoKind: 1,
        SourceID: "33038100001190000001022026112618204300012",
        DeviceID: DEVICE,
        ...{ LeftTopX: 0, LeftTopY: 0, RightBtmX: 0, RightBtmY: 0 },
        TollgateID: "33038100001210000001",
        PassTime: "20261125080307",
        StorageUrl1: "",
        HasPlate: true,
        PlateClass: "99",
        PlateColor: "99",
      },
    }));
  it("has its plate where the site may tell it, and never a pseudonym for one", () => {
    expect(objectOf(passage(1), grant("plate", "苏E5K38M"), WHEN, CODES)?.fields.PlateNo).toBe("苏E5K38M");
    expect(objectOf(passage(1), grant("plate", "90a1b2c3d4e5f607"), WHEN, CODES)?.fields).not.toHaveProperty("PlateNo");
    expect(objectOf(passage(1), grant("guard"), WHEN, CODES)?.fields.HasPlate).toBe(false);
    expect(objectOf(passage(1), undefined, WHEN, CODES)?.fields.HasPlate).toBe(false);
  });
  it("has the same id for ever, whatever became known of its time", () => {
    const ids = [WHEN, 0, WHEN + 86_400_000].map((when) => objectOf(passage(7), undefined, when, CODES)?.id);
    expect(new Set(ids).size).toBe(1);
  });
  it.each([[1], [99_999], [100_000], [100_001], [199_999], [9_999_999_999]])("row %i has an id of its own", (seq) => {
    const id = objectOf(passage(seq), undefined, WHEN, CODES)?.id ?? "";
    expect(id).toHaveLength(48);
    expect(Number(id.slice(36, 41)) * 100_000 + Number(id.slice(43))).toBe(seq);
  });
});

describe("on foot", () => {
  const walked = passage(5, "walk");
  it.each<[string, Partial<ViidCodes>, Grant["way"], string | undefined]>([
    ["nobody is told by default", {}, "card", undefined],
    ["nor by face", {}, "face", undefined],
    ["that somebody passed", { persons: true }, "card", "person"],
    ["by face too, and not as a face", { persons: true }, "face", "person"],
    ["as a face where that is allowed", { persons: true, faces: true }, "face", "face"],
    ["a card is no face", { faces: true }, "card", undefined],
  ])("%s", (_, codes, way, kind) =>
    expect(objectOf(walked, grant(way), WHEN, { ...CODES, ...codes })?.kind).toBe(kind),
  );
  it("tells nothing of who it was", () => {
    const face = objectOf(walked, grant("face"), WHEN, ALL)?.fields ?? {};
    expect(Object.keys(face).sort()).toEqual(
      "DeviceID FaceAppearTime FaceID InfoKind IsCriminalInvolved IsDetainees IsDriver IsForeigner IsSuspectedTerrorist IsSuspiciousPerson IsVictim LeftTopX LeftTopY LocationMarkTime RightBtmX RightBtmY ShotTime SourceID".split(
        " ",
      ),
    );
  });
});

describe("promise 6", () => {
  it.each<[string, z.ZodObject]>([
    ["MotorVehicle", motorVehicleSchema],
    ["Person", personSchema],
    ["Face", faceSchema],
  ])(
    "%s: every field is a number, a constant or a code; none could carry a name, a picture or a feature",
    (_, schema) => {
      for (const [name, field] of Object.entries(schema.toJSONSchema().properties ?? {})) {
        expect(name).not.toMatch(
          /image|data|feature|similar|name|idnumber|idtype|phone|gender|AgeUp|AgeLower|url[2-5]/i,
        );
        const shape: Readonly<Record<string, unknown>> = typeof field === "object" ? { ...field } : {};
        const bound = shape.const !== undefined || shape.type === "boolean";
        const formed =
          typeof shape.pattern === "string" && shape.pattern.startsWith("^") && Number(shape.maxLength) <= 48;
        expect({ name, bound: bound || formed }).toEqual({ name, bound: true });
      }
    },
  );

  it("whatever stands in a row, nothing that was planted comes out", () => {
    const planted = ["林秀兰", "13800138000", "/9j/4AAQSkZJRg", "苏E5K38M", "0.91827364"];
    const anything = fc.oneof(fc.constantFrom(...planted), fc.jsonValue(), fc.double());
    const keys = ["credit", "direction", "name", "pic", "SubImageList", "Data", "feature", "plate", "value", "phone"];
    const open = fc.dictionary(fc.constantFrom(...keys), anything);
    fc.assert(
      fc.property(fc.constantFrom(...ENTRY_KINDS), open, fc.constantFrom("car-in", "walk"), (kind, fields, lane) => {
        for (const way of ["face", "plate", "card"] as const) {
          const told = objectOf(row(7, kind, fields, { lane, subject: "5f2c9a1b7e3d4c60" }), grant(way), WHEN, ALL);
          if (told === undefined) continue;
          const body = bodyOf(told.kind, [told], { flags: "json", numbers: "json" });
          for (const word of [...planted, "5f2c9a1b7e3d4c60", "resident"]) expect(body).not.toContain(word);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("a plate is withheld unless the site says by what right, and only a whole one goes", () => {
    const sealed = (value: unknown) => ({ ...row(7, "decision", {}), sealed: { value } });
    const of = (value: unknown, how: "plain" | "withheld") =>
      plates({ journal: { after: () => [sealed(value)] }, siteKey: new Uint8Array(32) }, how)(row(7, "decision", {}));
    expect(of("苏E5K38M", "withheld")).toBeUndefined();
    expect(of("苏E5K38M", "plain")).toBe("苏E5K38M");
    for (const value of ["13800138000", "林秀兰", "", 7, undefined, "苏E5K38M 林秀兰"])
      expect(of(value, "plain")).toBeUndefined();
  });
});

describe("on the wire", () => {
  const one = objectOf(passage(7), grant("plate"), WHEN, CODES);
  it.each([
    ["json", "json", '"HasPlate":true', '"InfoKind":1,'],
    ["digit", "json", '"HasPlate":"1"', '"InfoKind":1,'],
    ["json", "text", '"HasPlate":true', '"InfoKind":"1",'],
    ["digit", "text", '"HasPlate":"1"', '"InfoKind":"1",'],
  ] as const)("flags as %s, numbers as %s", (flags, numbers, flag, number) => {
    const body = bodyOf("vehicle", one === undefined ? [] : [one], { flags, numbers });
    expect(body).toContain(flag);
    expect(body).toContain(number);
    expect(JSON.parse(body).MotorVehicleListObject.MotorVehicleObject).toHaveLength(1);
  });
  it("every field is one that a captured request has, or stands with its source", () => {
    // From a captured /VIID/MotorVehicles request of an open server's client.
    const captured =
      "MotorVehicleID InfoKind SourceID TollgateID PassTime DeviceID StorageUrl1 LeftTopX LeftTopY RightBtmX RightBtmY HasPlate PlateClass PlateColor PlateNo VehicleClass VehicleColor SubImageList".split(
        " ",
      );
    expect(Object.keys(motorVehicleSchema.shape).filter((name) => !captured.includes(name))).toEqual([]);
    expect(KINDS_TOLD.vehicle.path).toBe("/VIID/MotorVehicles");
  });
  it.each([
    [0, "19700101080000"],
    [Date.UTC(2026, 11, 31, 16), "20270101000000"],
    [-5, "19700101080000"],
    [Number.NaN, "19700101080000"],
    [1e18, "99991230080000"],
  ])("%d ms is %s in China", (ms, text) => expect(beijing(ms)).toBe(text));
});

describe("what a platform says", () => {
  const status = (code: number | string, Id?: string) => ({
    ...(Id === undefined ? {} : { Id }),
    StatusCode: code,
    StatusString: "x",
  });
  const list = (...all: readonly unknown[]) =>
    JSON.stringify({ ResponseStatusListObject: { ResponseStatusObject: all } });
  it.each<[string, string, readonly (number | undefined)[] | undefined]>([
    ["one for each, in another order", list(status(0, "b"), status(8, "a")), [8, 0]],
    ["one is left out", list(status(0, "a")), [0, undefined]],
    ["a number as text", list(status("0", "a"), status("2", "b")), [0, 2]],
    ["without ids, as many", list(status(0), status(4)), [0, 4]],
    ["without ids, fewer", list(status(0)), [undefined, undefined]],
    ["other ids", list(status(0, "x"), status(0, "y")), [undefined, undefined]],
    ["twice of one: the bad counts", list(status(0, "a"), status(8, "a"), status(0, "b")), [8, 0]],
    ["one word for all", JSON.stringify({ ResponseStatusObject: status(0) }), [0, 0]],
    [
      "a list that is none",
      JSON.stringify({ ResponseStatusListObject: { ResponseStatusObject: status(0, "a") } }),
      [0, undefined],
    ],
    ["nothing", "", undefined],
    ["HTML", "<html>", undefined],
    ["a status that is none", list({ Id: "a", StatusCode: "ok" }), undefined],
    ["a negative one", list(status(-1, "a")), [-1, undefined]],
    ["null", "null", undefined],
  ])("%s", (_, text, codes) => expect(statusesIn(text, ["a", "b"])?.map((one) => one?.code)).toEqual(codes));
  it("its words are cut short", () => {
    const text = JSON.stringify({ ResponseStatusObject: { StatusCode: 1, StatusString: `${"长".repeat(500)}` } });
    expect(statusIn(text)?.says).toHaveLength(80);
  });
  it.each([
    [0, "taken"],
    [1, "unsure"],
    [2, "later"],
    [3, "later"],
    [4, "wrong"],
    [8, "wrong"],
    [9, "later"],
    [10, "unsure"],
    [-1, "unsure"],
    [undefined, "unsure"],
  ])("status %s means %s", (code, means) => expect(meaning(code)).toBe(means));
  it.each([
    ['{"SystemTimeObject":{"LocalTime":"20261125080000"}}', Date.UTC(2026, 10, 25)],
    ['{"SystemTimeObject":{"LocalTime":"20261399080000"}}', undefined],
    ['{"SystemTimeObject":{"LocalTime":"2026-11-25 08:00:00"}}', undefined],
    ["", undefined],
  ])("%s", (text, ms) => expect(timeIn(text)).toBe(ms));
});
