/** How a device that only its profile describes answers our commands: as its own samples do, with the id it was sent. */
import type { DeviceProfile } from "../decode/profile.ts";
import type { Template } from "../decode/profile-outgoing.ts";
import { messageOf } from "../decode/sample.ts";
import { type Instead, type Said, swapsOf } from "./samples.ts";

/** A command that was understood. */
export interface Understood {
  readonly command: string;
  /** Undefined = the profile's samples show no reply. */
  readonly reply?: Said;
}

/** The id that samples are written with. */
const SAMPLE_ID = "id-1";
const ONE_SLOT = /^\{([A-Za-z.]+)\}$/;

/** Topics on which the profile's commands arrive. */
export function commandTopics(profile: DeviceProfile, instead: Instead): readonly string[] {
  const topics = profile.samples.flatMap((sample) => {
    if (!("command" in sample) || !("topic" in sample.expect)) return [];
    return [swapped(sample.expect.topic, sample.params ?? {}, instead)];
  });
  return [...new Set(topics)];
}

/** What a device makes of a message on one of its {@link commandTopics}; undefined = it is no command of its. */
export function answering(profile: DeviceProfile, payload: string, instead: Instead): Understood | undefined {
  const told = parsed(payload);
  for (const sample of profile.samples) {
    if (!("command" in sample)) continue;
    const out = profile.commands?.[sample.command]?.out;
    if (out === undefined || !("topic" in out)) continue;
    const slots = new Map<string, unknown>();
    if (!fits(out.json, told, slots)) continue;
    const heard = (sample.replies ?? []).find(({ means }) => means === "ok")?.heard;
    if (heard === undefined || "hex" in heard) return { command: sample.command };
    const said = messageOf(heard);
    if (said.via !== "message") return { command: sample.command };
    const id = String(slots.get("newId") ?? SAMPLE_ID);
    const put = (text: string) => swapped(text, sample.params ?? {}, instead).replaceAll(SAMPLE_ID, id);
    const text = put(new TextDecoder().decode(said.payload));
    const reply: Said = { via: "message", topic: put(said.topic), payload: new TextEncoder().encode(text) };
    return { command: sample.command, reply };
  }
  return undefined;
}

function swapped(text: string, params: Readonly<Record<string, string | number>>, instead: Instead): string {
  const swaps = swapsOf(params, undefined, { ...(instead.params === undefined ? {} : { params: instead.params }) });
  return (swaps ?? []).reduce((done, [from, to]) => done.replaceAll(from, to), text);
}

/** Whether a message could have been made from the template; what stands in its bare slots is noted. */
function fits(template: Template, told: unknown, slots: Map<string, unknown>): boolean {
  if (typeof template === "string") {
    const slot = ONE_SLOT.exec(template)?.[1];
    if (slot !== undefined) slots.set(slot, told);
    // A text with slots between other text: any text may have come of it.
    return slot !== undefined || (/\{[A-Za-z.]+\}/.test(template) ? typeof told === "string" : told === template);
  }
  if (Array.isArray(template)) {
    return Array.isArray(told) && template.every((one, index) => fits(one, told[index], slots));
  }
  if (typeof template !== "object" || template === null) return told === template;
  const there = typeof told === "object" && told !== null ? new Map(Object.entries(told)) : new Map<string, unknown>();
  return Object.entries(template).every(([key, inner]) => fits(inner, there.get(key), slots));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a device passes over what it can't read
  }
}
