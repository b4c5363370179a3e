/** What is wrong with a profile that has the right form: unreachable kinds, missing samples, names that lead nowhere. */
import { fieldsUsed } from "./fields.ts";
import { type Finding, isDevice } from "./load.ts";
import { fieldsOfOutgoing } from "./outgoing.ts";
import type { ContactProfile, DeviceProfile, Profile } from "./profile.ts";
import type { Condition, MessageKind } from "./profile-mapping.ts";
import { namesUsed, neededFields } from "./reader.ts";
import { runContactSamples, runSamples, type SampleRun } from "./sample.ts";
import { completeParams } from "./topics.ts";

/** All findings; empty = the profile is good. Runs its samples, so it takes some milliseconds. */
export function lint(profile: Profile): readonly Finding[] {
  return isDevice(profile) ? lintDevice(profile) : lintContacts(profile);
}

function lintDevice(profile: DeviceProfile): Finding[] {
  const runs = runSamples(profile);
  return [
    ...linkFindings(profile),
    ...profile.messages.flatMap((kind, index) => kindFindings(profile, kind, `/messages/${index}`)),
    ...unreachable(profile.messages),
    ...unusedFields(profile),
    ...commandFindings(profile),
    ...pollFindings(profile),
    ...sampleParams(profile),
    ...failed(runs),
    ...unsampled(profile, runs),
  ];
}

function linkFindings(profile: DeviceProfile): Finding[] {
  const findings: Finding[] = [];
  const { link, framing, payload } = profile;
  if (link.via === "serial" && framing === undefined)
    findings.push({ where: "/link", message: "a serial link needs `framing`", hint: "say how frames are cut out of the bytes" });
  if (link.via === "mqtt" && framing !== undefined)
    findings.push({ where: "/framing", message: "an MQTT message is whole already", hint: "take `framing` out" });
  if ((payload === "text") !== (framing?.cut === "line") && link.via === "serial")
    findings.push({ where: "/payload", message: "`text` and `line` framing belong together" });
  const known = Object.keys(profile.params ?? {});
  const captures = link.via === "mqtt" ? link.listen.flatMap((topic) => [...topic.matchAll(/\{(\w+)\}/g)].map(([slot]) => slot.slice(1, -1))) : [];
  const named = [...captures, ...(profile.identity ?? []).map((place) => place.param)];
  for (const name of new Set(named.filter((name) => !known.includes(name))))
    findings.push({ where: "/params", message: `the parameter \`${name}\` is used but not declared` });
  return findings;
}

/** Names a kind draws on that exist nowhere, and fields that need each other in a circle. */
function kindFindings(profile: DeviceProfile, kind: MessageKind, where: string): Finding[] {
  const known = { ...profile.fields, ...kind.fields };
  const needed = neededFields(kind, profile);
  const used = [...namesUsed(kind), ...needed.flatMap(([, field]) => fieldsUsed(field))];
  const missing = [...new Set(used)].filter((name) => !Object.hasOwn(known, name));
  const order = needed.map(([name]) => name);
  const circular = needed.filter(([name, field]) => fieldsUsed(field).some((other) => order.indexOf(other) >= order.indexOf(name)));
  return [
    ...missing.map((name) => ({ where, message: `there is no field \`${name}\``, hint: "look at its spelling, or add it to `fields`" })),
    ...circular.map(([name]) => ({ where: `${where}/fields/${name}`, message: `\`${name}\` needs itself` })),
    ...misplaced(kind.when, where),
  ];
}

function misplaced(conditions: readonly Condition[], where: string): Finding[] {
  const idle = conditions.flatMap((condition, index) => (compares(condition) ? [] : [index]));
  return idle.map((index) => ({
    where: `${where}/when/${index}`,
    message: "this condition compares nothing",
    hint: "add `equals`, `oneOf`, `noneOf`, `present` or `matches`",
  }));
}

function compares(condition: Condition): boolean {
  if (!("pointer" in condition || "byte" in condition)) return true;
  const { pointer: _, byte: __, mask: ___, ...rest } = { pointer: "", byte: 0, mask: 0, ...condition };
  return Object.keys(rest).length > 0;
}

/** A kind behind one that takes at least all it takes is never reached. */
function unreachable(kinds: readonly MessageKind[]): Finding[] {
  const asText = kinds.map((kind) => new Set(kind.when.map((condition) => JSON.stringify(condition))));
  return kinds.flatMap((kind, index) => {
    const mine = asText[index];
    const before = kinds.slice(0, index).find((_, earlier) => mine !== undefined && asText[earlier]?.isSubsetOf(mine));
    if (before === undefined) return [];
    return [{ where: `/messages/${index}`, message: `\`${kind.kind}\` is never reached: \`${before.kind}\` takes it all`, hint: "put the narrower one first" }];
  });
}
