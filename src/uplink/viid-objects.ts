/**
 * A passage as an object of GA/T 1400 (公安视频图像信息应用系统): built field by field, and by no other field than these.
 * There is no picture and no feature among them, no name, and a plate only where the site says by what right.
 *
 * Sources: captured exchanges and open servers; the standard's own text was not read. Marked (inferred) is what stands
 * in those alone. Whatever the gate doesn't know is told as "unknown", never guessed.
 */
import { z } from "zod";
import type { OpenRow } from "../shell/ports.ts";
import { PLAIN_PLATE } from "./contract-words.ts";
import type { Grant } from "./records.ts";

const digits = (many: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9]{${many}}$`))
    .length(many);
/** 图像信息语义属性对象标识 (GA/T 2000.249): device 20, kind of source 2, time 14, number 5, kind of object 2, number 5. */
const objectId = digits(48);
const time = digits(14);
const none = z.literal(0);
const nobodyKnows = z.literal(2);

const common = {
  /** 1 = gathered by a device, not by hand. */
  InfoKind: z.literal(1),
  SourceID: digits(41),
  DeviceID: digits(20),
  // Where in the picture: there is none. Wanted of what a device gathers (inferred), so told as nothing.
  LeftTopX: none,
  LeftTopY: none,
  RightBtmX: none,
  RightBtmY: none,
};
/** 2 = not known (inferred); the gate neither knows nor asks. */
const unknowns = {
  IsDriver: nobodyKnows,
  IsForeigner: nobodyKnows,
  IsSuspectedTerrorist: nobodyKnows,
  IsCriminalInvolved: nobodyKnows,
  IsDetainees: nobodyKnows,
  IsVictim: nobodyKnows,
  IsSuspiciousPerson: nobodyKnows,
};

export const motorVehicleSchema = z.strictObject({
  MotorVehicleID: objectId,
  ...common,
  TollgateID: digits(20).optional(),
  PassTime: time,
  StorageUrl1: z.literal(""),
  HasPlate: z.boolean(),
  /** 99 = other (GA/T 16.7): the gate reads a number, not a kind. */
  PlateClass: z.literal("99"),
  /** 99 = other (ColorType, inferred). */
  PlateColor: z.literal("99"),
  PlateNo: z.string().regex(PLAIN_PLATE).max(8).optional(),
});
export const personSchema = z.strictObject({
  PersonID: objectId,
  ...common,
  LocationMarkTime: time,
  PersonAppearTime: time,
  ...unknowns,
});
export const faceSchema = z.strictObject({
  FaceID: objectId,
  ...common,
  ShotTime: time,
  LocationMarkTime: time,
  FaceAppearTime: time,
  ...unknowns,
});

/** What is sent where, and under which names. `mark` = the kind of object in its id (GA/T 2000.249; person inferred). */
export const KINDS_TOLD = {
  vehicle: { path: "/VIID/MotorVehicles", list: "MotorVehicleListObject", one: "MotorVehicleObject", mark: "02" },
  person: { path: "/VIID/Persons", list: "PersonListObject", one: "PersonObject", mark: "01" },
  face: { path: "/VIID/Faces", list: "FaceListObject", one: "FaceObject", mark: "06" },
} as const;
export type ObjectKind = keyof typeof KINDS_TOLD;

export interface ViidObject {
  readonly kind: ObjectKind;
  readonly id: string;
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** What the platform knows us by, and how much it is told. */
export interface ViidCodes {
  readonly deviceOf: (lane: string) => string;
  readonly tollgateId?: string;
  readonly isVehicleLane: (lane: string) => boolean;
  readonly persons: boolean;
  readonly faces: boolean;
}

/**
 * Undefined for what this platform isn't told: the standard has no object for decisions, alarms and counts.
 * @param passedMs when it passed, by the best that is known now; the id keeps the time that stands in the row
 */
export function objectOf(
  row: OpenRow,
  grant: Grant | undefined,
  passedMs: number,
  codes: ViidCodes,
): ViidObject | undefined {
  if (row.kind !== "passage" || row.lane === undefined) return undefined;
  const kind = kindOf(row.lane, grant, codes);
  if (kind === undefined) return undefined;
  const device = codes.deviceOf(row.lane);
  const SourceID = sourceId(device, row);
  const id = `${SourceID}${KINDS_TOLD[kind].mark}${five(row.seq)}`;
  const when = beijing(passedMs);
  const shared = {
    InfoKind: 1,
    SourceID,
    DeviceID: device,
    LeftTopX: 0,
    LeftTopY: 0,
    RightBtmX: 0,
    RightBtmY: 0,
  } as const;
  switch (kind) {
    case "vehicle":
      return {
        kind,
        id,
        fields: motorVehicleSchema.parse({ MotorVehicleID: id, ...shared, ...vehicleOf(grant, when, codes) }),
      };
    case "person":
      return {
        kind,
        id,
        fields: personSchema.parse({
          PersonID: id,
          ...shared,
          LocationMarkTime: when,
          PersonAppearTime: when,
          ...NOT_KNOWN,
        }),
      };
    case "face":
      return {
        kind,
        id,
        fields: faceSchema.parse({
          ...{ FaceID: id, ...shared, ShotTime: when, LocationMarkTime: when, FaceAppearTime: when },
          ...NOT_KNOWN,
        }),
      };
  }
}

const NOT_KNOWN = {
  IsDriver: 2,
  IsForeigner: 2,
  IsSuspectedTerrorist: 2,
  IsCriminalInvolved: 2,
  IsDetainees: 2,
  IsVictim: 2,
  IsSuspiciousPerson: 2,
} as const;

function kindOf(lane: string, grant: Grant | undefined, codes: ViidCodes): ObjectKind | undefined {
  if (codes.isVehicleLane(lane)) return "vehicle";
  if (grant?.way === "face" && codes.faces) return "face";
  return codes.persons ? "person" : undefined;
}

function vehicleOf(grant: Grant | undefined, when: string, { tollgateId }: ViidCodes) {
  const plain = grant?.plate !== undefined && PLAIN_PLATE.test(grant.plate) ? grant.plate : undefined;
  return {
    ...(tollgateId === undefined ? {} : { TollgateID: tollgateId }),
    PassTime: when,
    StorageUrl1: "",
    // A plate was read; whether it is told is another matter.
    HasPlate: grant?.way === "plate",
    PlateClass: "99",
    PlateColor: "99",
    ...(plain === undefined ? {} : { PlateNo: plain }),
  };
}

const five = (seq: number): string => String(seq % 100_000).padStart(5, "0");

/** The image that it comes from (02), which never leaves the gate; the row's number in both halves makes the id unique. */
function sourceId(device: string, { seq, wallMs }: Pick<OpenRow, "seq" | "wallMs">): string {
  return `${device}02${beijing(wallMs)}${five(Math.floor(seq / 100_000))}`;
}

const CHINA_MS = 8 * 3_600_000;
const LAST_MS = Date.UTC(9999, 11, 30);

/** yyyyMMddHHmmss in the one zone that the standard knows. */
export function beijing(epochMs: number): string {
  const ms = Math.min(LAST_MS, Math.max(0, Number.isFinite(epochMs) ? epochMs : 0));
  return new Date(ms + CHINA_MS).toISOString().slice(0, 19).replaceAll(/[-T:]/g, "");
}

/** How this platform writes flags and numbers; they differ. */
export interface Dialect {
  readonly flags: "json" | "digit";
  readonly numbers: "json" | "text";
}

/** One request's body: objects of one kind. */
export function bodyOf(kind: ObjectKind, objects: readonly ViidObject[], dialect: Dialect): string {
  const { list, one } = KINDS_TOLD[kind];
  return JSON.stringify({ [list]: { [one]: objects.map(({ fields }) => spoken(fields, dialect)) } });
}

function spoken(fields: ViidObject["fields"], { flags, numbers }: Dialect): ViidObject["fields"] {
  const say = (value: ViidObject["fields"][string]) => {
    if (typeof value === "boolean") return flags === "json" ? value : value ? "1" : "0";
    return typeof value === "number" && numbers === "text" ? String(value) : value;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, say(value)]));
}
