/** A profile's own samples as its device would send them, as they stand or with their times moved to now. */
import type { DeviceProfile } from "../decode/profile.ts";
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
}

/** Every message or request among the samples that is read as something. */
export function playable(profile: DeviceProfile, nowMs?: number): readonly Played[] {
  return profile.samples.flatMap((sample) => {
    if (!("heard" in sample) || "hex" in sample.heard) return [];
    const said = messageOf(sample.heard);
    const [expected] = [sample.expect].flat();
    if (said.via === "frame" || said.via === "answer" || expected === undefined || !("kind" in expected)) return [];
    const { kind, answers = [] } = expected;
    const { name, params = {} } = sample;
    const stood = { name, kind, params, said, answers };
    const told = toldTime(expected.reports);
    if (nowMs === undefined || told === undefined) return [stood];
    const text = new TextDecoder().decode(said.payload);
    const payload = new TextEncoder().encode(afresh(text, told, nowMs));
    return [
      { ...stood, said: { ...said, payload }, answers: JSON.parse(afresh(JSON.stringify(answers), told, nowMs)) },
    ];
  });
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
      return [iso, iso.replace("T", " ")];
    }),
  ];
  const after = forms(now);
  return forms(fromMs).reduce((done, form, index) => done.replaceAll(form, after[index] ?? form), text);
}
