/** What is wrong with a profile's roster: names that lead nowhere, and replies without a sample. */
import type { Finding } from "./load.ts";
import type { CommandRule, DeviceProfile } from "./profile.ts";
import { slotsIn } from "./scope.ts";

const SLOTS = ["face", "name", "picture", "from", "until", "limited"];

export function rosterFindings(profile: DeviceProfile): Finding[] {
  const { roster } = profile;
  if (roster === undefined) return [];
  const commands = new Map(Object.entries(profile.commands ?? {}));
  const { add, change, remove, list } = roster;
  const steps = [
    ...[add].flat().map((step) => ({ where: "/roster/add", ...step })),
    ...[change].flat().map((step) => ({ where: "/roster/change", ...step })),
  ];
  const removal = commands.get(remove.command);
  const listed = remove.list === undefined ? removal : removal?.lists?.[remove.list];
  return [
    ...steps.flatMap(({ where, args, command }) => filled(where, args, commands.get(command)?.args)),
    ...filled("/roster/remove/person", remove.person, listed?.args),
    ...(remove.list !== undefined && listed === undefined
      ? [{ where: "/roster/remove", message: `there is no list \`${remove.list}\`` }]
      : []),
    ...steps.flatMap(({ where, command }) => named(where, command, commands, profile)),
    ...named("/roster/remove", remove.command, commands, profile),
    ...(list === undefined ? [] : named("/roster/list", list.command, commands, profile)),
  ];
}

/** Arguments that the command doesn't take, and slots that nobody fills. */
function filled(
  where: string,
  args: Readonly<Record<string, string>>,
  known: CommandRule["args"] | undefined = {},
): Finding[] {
  return Object.entries(args).flatMap(([name, text]) => [
    ...(Object.hasOwn(known, name) ? [] : [{ where: `${where}/${name}`, message: "the command has no such argument" }]),
    ...slotsIn(text)
      .filter((slot) => !SLOTS.includes(slot))
      .map((slot) => ({ where: `${where}/${name}`, message: `there is no slot \`${slot}\``, hint: SLOTS.join(", ") })),
  ]);
}

function named(
  where: string,
  name: string,
  commands: ReadonlyMap<string, CommandRule>,
  { samples }: DeviceProfile,
): Finding[] {
  const command = commands.get(name);
  if (command === undefined) return [{ where, message: `there is no command \`${name}\`` }];
  const findings: Finding[] = [];
  if (command.moves !== "none")
    findings.push({ where, message: "this command moves a barrier", hint: "the gate never moves by itself" });
  if (command.expects === undefined)
    findings.push({ where, message: "without a reply there is no receipt", hint: "give the command `expects`" });
  const replies = samples.flatMap((sample) =>
    "command" in sample && sample.command === name ? (sample.replies ?? []) : [],
  );
  if (!replies.some((reply) => reply.tells !== undefined))
    findings.push({
      where,
      message: `no sample says what a reply to \`${name}\` tells`,
      hint: "add `tells` to a reply",
    });
  return findings;
}
