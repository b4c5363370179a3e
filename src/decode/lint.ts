/** What is wrong with a profile that has the right form: unreachable kinds, missing samples, names that lead nowhere. */
import { fieldsUsed } from "./fields.ts";
import { type Finding, isDevice, isOsdp } from "./load.ts";
import { runOsdpSamples } from "./osdp-sample.ts";
import { fieldsOfOutgoing } from "./outgoing.ts";
import type { ContactProfile, DeviceProfile, Profile } from "./profile.ts";
import type { Condition, MessageKind } from "./profile-mapping.ts";
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
    findings.push({
      where: "/link",
      message: "a serial link needs `framing`",
      hint: "say how frames are cut out of the bytes",
    });
  if (link.via === "mqtt" && framing !== undefined)
    findings.push({ where: "/framing", message: "an MQTT message is whole already", hint: "take `framing` out" });
  if ((payload === "text") !== (framing?.cut === "line") && link.via === "serial")
    findings.push({ where: "/payload", message: "`text` and `line` framing belong together" });
  const known = Object.keys(profile.params ?? {});
  const captures =
    link.via === "mqtt"
      ? link.listen.flatMap((topic) => [...topic.matchAll(/\{(\w+)\}/g)].map(([slot]) => slot.slice(1, -1)))
      : [];
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
  ];
}

const COMPARISONS = ["equals", "oneOf", "noneOf", "present", "matches"];

function misplaced(conditions: readonly Condition[], where: string): Finding[] {
  return conditions.flatMap((condition, index) => {
    if (!("pointer" in condition || "byte" in condition)) return [];
    if (Object.keys(condition).some((key) => COMPARISONS.includes(key))) return [];
    const message = "this condition compares nothing";
    return [
      { where: `${where}/when/${index}`, message, hint: "add `equals`, `oneOf`, `noneOf`, `present` or `matches`" },
    ];
  });
}

/** A kind behind one that takes at least all it takes is never reached. */
function unreachable(kinds: readonly MessageKind[]): Finding[] {
  const seen: { readonly name: string; readonly conditions: readonly string[] }[] = [];
  return kinds.flatMap((kind, index) => {
    const conditions = kind.when.map((condition) => JSON.stringify(condition));
    const before = seen.find((earlier) => earlier.conditions.every((condition) => conditions.includes(condition)));
    seen.push({ name: kind.kind, conditions });
    if (before === undefined) return [];
    const message = `\`${kind.kind}\` is never reached: \`${before.name}\` takes it all`;
    return [{ where: `/messages/${index}`, message, hint: "put the narrower one first" }];
  });
}

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

function commandFindings(profile: DeviceProfile): Finding[] {
  return Object.entries(profile.commands ?? {}).flatMap(([name, command]) => {
    const where = `/commands/${name}`;
    const args = Object.keys(command.args ?? {});
    const used = fieldsOfOutgoing(command.out);
    const findings: Finding[] = [];
    for (const slot of used.filter((slot) => !args.includes(slot)))
      findings.push({ where, message: `there is no argument \`${slot}\`` });
    for (const arg of args.filter((arg) => !used.includes(arg)))
      findings.push({ where: `${where}/args/${arg}`, message: "the command doesn't use this argument" });
    if ("json" in command.out !== (profile.link.via === "mqtt"))
      findings.push({ where: `${where}/out`, message: "`json` is for MQTT links, `bytes` for serial ones" });
    if (!profile.samples.some((sample) => "command" in sample && sample.command === name))
      findings.push({ where, message: `the command \`${name}\` has no sample`, hint: "add one to `samples`" });
    return findings;
  });
}

function pollFindings(profile: DeviceProfile): Finding[] {
  return (profile.polls ?? []).flatMap((poll, index) => {
    const where = `/polls/${index}`;
    const command = Object.entries(profile.commands ?? {}).find(([name]) => name === poll.command)?.[1];
    if (command === undefined) return [{ where, message: `there is no command \`${poll.command}\`` }];
    if (command.moves === "none") return [];
    return [{ where, message: "a poll may not move a barrier", hint: "the gate never moves by itself" }];
  });
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
