/** What is wrong with a profile that has the right form: unreachable kinds, missing samples, names that lead nowhere. */
import { fieldsUsed } from "./fields.ts";
import { commandFindings, pollFindings, recordsFindings } from "./lint-commands.ts";
import { linkFindings } from "./lint-links.ts";
import { rosterFindings } from "./lint-roster.ts";
import { type Finding, isDevice, isOsdp } from "./load.ts";
import { runOsdpSamples } from "./osdp-sample.ts";
import type { ContactProfile, DeviceProfile, Profile } from "./profile.ts";
import type { Condition, Field, MessageKind } from "./profile-mapping.ts";
import { namesUsed, neededFields } from "./reader.ts";
import { runContactSamples, runSamples, type SampleRun } from "./sample.ts";
import { completeParams } from "./topics.ts";

/** All findings; empty = the profile is good. Runs its samples, so it takes some milliseconds. */
export function lint(profile: Profile): readonly Finding[] {
  if (isOsdp(profile)) return failed(runOsdpSamples(profile));
  return isDevice(profile) ? lintDevice(profile) : lintContacts(profile);
}

function lintDevice(profile: DeviceProfile): Finding[] {
  const runs = runSamples(profile);
  return [
    ...linkFindings(profile),
    ...profile.messages.flatMap((kind, index) => kindFindings(profile, kind, `/messages/${index}`)),
    ...unreachable(profile.messages),
    ...unusedFields(profile),
    ...unusedParams(profile),
    ...attemptsParam(profile),
    ...commandFindings(profile),
    ...pollFindings(profile),
    ...recordsFindings(profile),
    ...rosterFindings(profile),
    ...sampleParams(profile),
    ...failed(runs),
    ...unsampled(profile, runs),
  ];
}

/** Names a kind draws on that exist nowhere, and fields that need each other in a circle. */
function kindFindings(profile: DeviceProfile, kind: MessageKind, where: string): Finding[] {
  const known = { ...profile.fields, ...kind.fields };
  const needed = neededFields(kind, profile);
  const used = [...namesUsed(kind), ...needed.flatMap(([, field]) => fieldsUsed(field))];
  const missing = [...new Set(used)].filter((name) => !Object.hasOwn(known, name));
  const order = needed.map(([name]) => name);
  const circular = needed.filter(([name, field]) =>
    fieldsUsed(field).some((other) => order.indexOf(other) >= order.indexOf(name)),
  );
  return [
    ...missing.map((name) => ({
      where,
      message: `there is no field \`${name}\``,
      hint: "look at its spelling, or add it to `fields`",
    })),
    ...circular.map(([name]) => ({ where: `${where}/fields/${name}`, message: `\`${name}\` needs itself` })),
    ...misplaced(kind.when, where),
    ...(kind.each === undefined ? listless(needed, where) : []),
  ];
}

/** Fields of an element, where no list is gone through. */
function listless(needed: readonly [string, Field][], where: string): Finding[] {
  return needed
    .filter(([, field]) => "item" in field)
    .map(([name]) => ({ where, message: `\`${name}\` is of an element, but the kind has no \`each\`` }));
}

const COMPARISONS = ["equals", "oneOf", "noneOf", "present", "matches", "atLeast", "below"];

function misplaced(conditions: readonly Condition[], where: string): Finding[] {
  return conditions.flatMap((condition, index) => {
    if (!("pointer" in condition || "byte" in condition || "query" in condition)) return [];
    if (Object.keys(condition).some((key) => COMPARISONS.includes(key))) return [];
    const message = "this condition compares nothing";
    return [{ where: `${where}/when/${index}`, message, hint: `add one of ${COMPARISONS.join(", ")}` }];
  });
}

/** A kind behind one that takes at least all it takes is never reached. */
function unreachable(kinds: readonly MessageKind[]): Finding[] {
  return kinds.flatMap((kind, index) => {
    const before = kinds
      .slice(0, index)
      .find((earlier) => earlier.when.every((wanted) => kind.when.some((own) => implies(own, wanted))));
    if (before === undefined) return [];
    const message = `\`${kind.kind}\` is never reached: \`${before.kind}\` takes it all`;
    return [{ where: `/messages/${index}`, message, hint: "put the narrower one first" }];
  });
}

/** Whether the first can't hold without the second: the same one, or a value out of the other's list. */
function implies(own: Condition, wanted: Condition): boolean {
  const [{ equals, oneOf = [equals], ...place }, { oneOf: list, ...there }] = [parts(own), parts(wanted)];
  const same = JSON.stringify(place) === JSON.stringify(there);
  const texts = listed(list).map(String);
  return (
    JSON.stringify(own) === JSON.stringify(wanted) ||
    (same && listed(oneOf).every((value) => texts.includes(String(value))))
  );
}

const parts = (condition: Condition): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(condition));
const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function unusedFields(profile: DeviceProfile): Finding[] {
  const everywhere = new Set(profile.messages.flatMap((kind) => neededFields(kind, profile).map(([name]) => name)));
  const shared = Object.keys(profile.fields ?? {}).filter((name) => !everywhere.has(name));
  const own = profile.messages.flatMap((kind, index) => {
    const needed = new Set(neededFields(kind, profile).map(([name]) => name));
    const idle = Object.keys(kind.fields ?? {}).filter((name) => !needed.has(name));
    return idle.map((name) => `/messages/${index}/fields/${name}`);
  });
  const places = [...shared.map((name) => `/fields/${name}`), ...own];
  return places.map((where) => ({ where, message: "no report or answer uses this field" }));
}

/** A parameter that nothing draws on would be asked of every technician for nothing. */
function unusedParams({ params, samples, meta, ...rest }: DeviceProfile): Finding[] {
  const text = JSON.stringify([rest, Object.values(params ?? {}).map((rule) => rule.default)]);
  return Object.keys(params ?? {})
    .filter(
      (name) => !text.includes(`{${name}}`) && !text.includes(`{param.${name}}`) && !text.includes(`"param":"${name}"`),
    )
    .map((name) => ({ where: `/params/${name}`, message: "nothing uses this parameter" }));
}

function attemptsParam({ attempts, params }: DeviceProfile): Finding[] {
  if (attempts === undefined || params?.[attempts.param]?.type === "number") return [];
  return [{ where: "/attempts/param", message: `there is no parameter \`${attempts.param}\` of the type number` }];
}

function sampleParams(profile: DeviceProfile): Finding[] {
  return profile.samples.flatMap((sample, index) =>
    completeParams(profile, sample.params ?? {}).errors.map((message) => ({
      where: `/samples/${index}/params`,
      message,
    })),
  );
}

function failed(runs: readonly SampleRun[]): Finding[] {
  return runs.flatMap((run, index) => {
    if (run.passed) return [];
    const message = `the sample "${run.name}" gives ${JSON.stringify(run.got)}`;
    return [{ where: `/samples/${index}`, message, hint: `expected was ${JSON.stringify(run.expected)}` }];
  });
}

function unsampled(profile: DeviceProfile, runs: readonly SampleRun[]): Finding[] {
  const read = new Set(runs.flatMap((run) => run.kinds));
  return profile.messages.flatMap((kind, index) => {
    if (read.has(kind.kind)) return [];
    const message = `no sample reaches the kind \`${kind.kind}\``;
    return [
      { where: `/messages/${index}`, message, hint: "add one to `samples`, from the maker's document if you can" },
    ];
  });
}

// ── Dry contacts ────────────────────────────────────────────────────────────────────────────────────────────────────
function lintContacts(profile: ContactProfile): Finding[] {
  const findings = failed(runContactSamples(profile));
  for (const role of profile.guards) {
    const contact = profile.inputs[role];
    if (contact === undefined)
      findings.push({ where: "/guards", message: `the guard \`${role}\` is not among the inputs` });
    else if (contact.activeLow && contact.bias === "up")
      findings.push({
        where: `/inputs/${role}`,
        message: "a cut cable would read as clear",
        hint: "wire the normally closed contact and set activeLow to false",
      });
  }
  const commands = profile.samples.flatMap((sample) => ("command" in sample ? [sample.command] : []));
  for (const command of CONTACT_COMMANDS)
    if (profile.outputs[command] !== undefined && !commands.includes(command))
      findings.push({ where: `/outputs/${command}`, message: `the command \`${command}\` has no sample` });
  return findings;
}

const CONTACT_COMMANDS = ["open", "close", "stop"] as const;
