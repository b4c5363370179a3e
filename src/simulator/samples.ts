/** A profile's own samples as its device would send them, as they stand or with their times moved to now. */
import type { DeviceProfile } from "../decode/profile.ts";
import { fromHex } from "../decode/profile-framing.ts";
import type { Expected } from "../decode/profile-samples.ts";
import { messageOf } from "../decode/sample.ts";
import type { Heard } from "../decode/terms.ts";

export type Said = Exclude<Heard, { readonly via: "frame" | "answer" }>;

export interface Played {
  readonly name: string;
  readonly kind: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly said: Said;
  /** What the gate should answer. */
  readonly answers: NonNullable<Extract<Expected, { readonly kind: string }>["answers"]>;
  /** Its time is in a form that isn't known here: it stayed what it was. */
  readonly old: boolean;
}

/** Whom a sample speaks for and of, in place of what stands in it. */
export interface Instead {
  readonly params?: Readonly<Record<string, string | number>>;
  /** Face id, plate or card; only samples that present one are played then. */
  readonly value?: string;
}

/** Every message or request among the samples that is read as something. */
export function playable(profile: DeviceProfile, nowMs?: number, instead: Instead = {}): readonly Played[] {
  return profile.samples.flatMap((sample) => {
    if (!("heard" in sample) || "hex" in sample.heard) return [];
    const said = messageOf(sample.heard);
    const [expected] = [sample.expect].flat();
    if (said.via === "frame" || said.via === "answer" || expected === undefined || !("kind" in expected)) return [];
    const { kind, answers = [], reports } = expected;
    const { name, params = {} } = sample;
    const swaps = swapsOf(params, presented(reports), instead);
    if (swaps === undefined) return [];
    const put = (text: string) => swaps.reduce((done, [from, to]) => done.replaceAll(from, to), text);
    const told = toldTime(reports);
    const renew = (text: string) => put(nowMs === undefined || told === undefined ? text : afresh(text, told, nowMs));
    const text = new TextDecoder().decode(said.payload);
    const payload = new TextEncoder().encode(renew(text));
    const placed = said.via === "message" ? { ...said, topic: put(said.topic) } : { ...said, path: put(said.path) };
    const old = nowMs !== undefined && told !== undefined && afresh(text, told, nowMs) === text;
    return [
      {
        name,
        kind,
        params: { ...params, ...instead.params },
        said: { ...placed, payload },
        answers: JSON.parse(renew(JSON.stringify(answers))),
        old,
      },
    ];
  });
}

/** The bytes of a serial device's samples that are read as something, as they stand. */
export function playableBytes(
  profile: DeviceProfile,
): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  return profile.samples.flatMap((sample) => {
    if (!("heard" in sample) || !("hex" in sample.heard)) return [];
    if ([sample.expect].flat().some((expected) => "fault" in expected)) return [];
    return [{ name: sample.name, bytes: fromHex([sample.heard.hex].flat().join("")) }];
  });
}

type Swap = readonly [from: string, to: string];

/** Texts to put in the place of others; undefined = this sample presents nobody, and somebody is to be presented. */
export function swapsOf(
  params: Readonly<Record<string, string | number>>,
  shown: string | undefined,
  { params: own = {}, value }: Instead,
): readonly Swap[] | undefined {
  const named = Object.entries(params).flatMap(([name, from]): readonly Swap[] => {
    const to = own[name];
    return to === undefined || String(from) === "" ? [] : [[String(from), String(to)]];
  });
  if (value === undefined) return named;
  return shown === undefined ? undefined : [...named, [shown, value]];
}

/** Who is presented just now; what a record tells later opens nothing. */
function presented(reports: readonly unknown[]): string | undefined {
  for (const report of reports) {
    if (typeof report !== "object" || report === null || !("claim" in report)) continue;
    if ("live" in report && report.live === false) continue;
    const { claim } = report;
    if (typeof claim === "object" && claim !== null && "value" in claim) return String(claim.value);
  }
  return undefined;
}

function toldTime(reports: readonly unknown[]): number | undefined {
  for (const report of reports)
    if (typeof report === "object" && report !== null && "deviceTimeMs" in report) return Number(report.deviceTimeMs);
  return undefined;
}

/** China's offset: samples are written for it. */
const OFFSET_MS = 480 * 60_000;

/** One moment in a text put in the place of another, in each of the forms in which devices write it. */
export function afresh(text: string, fromMs: number, toMs: number): string {
  // Whole seconds, as most devices tell them: the rest of the moment stays what it was.
  const now = Math.floor(toMs / 1_000) * 1_000 + (fromMs % 1_000);
  const forms = (ms: number) => [
    String(ms),
    String(Math.floor(ms / 1_000)),
    ...[ms + OFFSET_MS, ms].flatMap((shown) => {
      const iso = new Date(shown).toISOString().slice(0, 19);
      const [date = "", clock = ""] = iso.split("T");
      const [year, month, day] = date.split("-");
      return [
        iso,
        `${date} ${clock}`,
        `${day}.${month}.${year} ${clock}`,
        `${day}/${month}/${year} ${clock}`,
        `${month}/${day}/${year} ${clock}`,
        `${year}/${month}/${day} ${clock}`,
        iso.replaceAll(/[-T:]/g, ""),
      ];
    }),
  ];
  const after = forms(now);
  return forms(fromMs).reduce((done, form, index) => done.replaceAll(form, after[index] ?? form), text);
}
