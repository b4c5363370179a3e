/**
 * The picture that a terminal or camera sends with what it has recognised: for a guard's eyes, never a field, so that it
 * can't get into a report, a row or a log. Looked for only when somebody asks to see it.
 */
import { compilePointer } from "./conditions.ts";
import { partsOf, payloadOpener } from "./payloads.ts";
import type { DeviceProfile } from "./profile.ts";
import { NO_SOURCE } from "./scope.ts";
import type { Heard } from "./terms.ts";

/** As it came; whether it is a picture at all, whoever shows it must look. */
export type Snapshot = { readonly base64: string } | { readonly bytes: Uint8Array };

/** Finds it in a message; `undefined` = there is none, or the profile names no place for it. Never throws. */
export function compileSnapshot(profile: DeviceProfile): (heard: Heard) => Snapshot | undefined {
  const places = profile.snapshot ?? [];
  const pointers = places.filter((place) => place !== "part").map(compilePointer);
  const inParts = places.includes("part");
  const open = payloadOpener(profile);
  return (heard) => {
    if (!("payload" in heard)) return undefined;
    if (inParts)
      for (const { head, body } of partsOf(heard.payload)) if (PICTURE.test(head)) return { bytes: withoutEnd(body) };
    const source = open({ ...NO_SOURCE, bytes: heard.payload });
    if ("code" in source) return undefined;
    for (const find of pointers) {
      const text = find(source.root);
      if (typeof text === "string" && text !== "") return { base64: text.replace(/^data:[^,]{0,80},/, "") };
    }
    return undefined;
  };
}

const PICTURE = /content-type:\s{0,4}image\//i;
const CARRIAGE_RETURN = 0x0d;

/** The line's end before the next boundary is the boundary's (RFC 2046, 5.1.1). */
const withoutEnd = (body: Uint8Array): Uint8Array =>
  body.at(-2) === CARRIAGE_RETURN ? body.subarray(0, body.length - 2) : body;
