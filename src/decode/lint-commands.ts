/** What is wrong with a profile's commands and polls. */
import type { Finding } from "./load.ts";
import { fieldsOfBytes, fieldsOfOutgoing } from "./outgoing.ts";
import type { DeviceProfile } from "./profile.ts";
import type { OutgoingTemplate } from "./profile-outgoing.ts";
import { slotsInJson } from "./scope.ts";

const LINK_OF = { topic: "mqtt", bytes: "serial", answer: "http" } as const;

function sortOf(out: OutgoingTemplate): keyof typeof LINK_OF {
  if ("topic" in out) return "topic";
  return "bytes" in out ? "bytes" : "answer";
}

/** Commands whose slots, arguments, samples or link don't fit. */
export function commandFindings(profile: DeviceProfile): Finding[] {
  return Object.entries(profile.commands ?? {}).flatMap(([name, command]) => {
    const where = `/commands/${name}`;
    const lists = Object.entries(command.lists ?? {});
    const args = [...Object.keys(command.args ?? {}), ...lists.map(([list]) => list)];
    const counts = lists.flatMap(([, list]) => list.count ?? []);
    const made = Object.entries(command.makes ?? {});
    const sent = fieldsOfOutgoing(command.out);
    const used = [...sent, ...made.flatMap(([, rule]) => fieldsOfBytes(rule))];
    const known = [...args, ...counts, ...made.map(([name]) => name)];
    const findings: Finding[] = [];
    for (const slot of used.filter((slot) => !known.includes(slot)))
      findings.push({ where, message: `there is no argument \`${slot}\`` });
    for (const arg of args.filter((arg) => !used.includes(arg)))
      findings.push({ where: `${where}/args/${arg}`, message: "the command doesn't use this argument" });
    for (const [list, { args: own, json }] of lists)
      for (const slot of slotsInJson(json).filter((slot) => ![...Object.keys(own), ...args].includes(slot)))
        findings.push({ where: `${where}/lists/${list}`, message: `there is no argument \`${slot}\`` });
    for (const [idle] of made.filter(([name]) => !sent.includes(name)))
      findings.push({ where: `${where}/makes/${idle}`, message: "the command doesn't use this value" });
    if (LINK_OF[sortOf(command.out)] !== profile.link.via)
      findings.push({
        where: `${where}/out`,
        message: "`topic` is for MQTT links, `bytes` for serial ones, `answer` for HTTP",
      });
    const { out } = command;
    if ("answer" in out && !profile.messages.some((kind) => kind.kind === out.to))
      findings.push({ where: `${where}/out/to`, message: "say which kind of request it may be the answer to" });
    if (!profile.samples.some((sample) => "command" in sample && sample.command === name))
      findings.push({ where, message: `the command \`${name}\` has no sample`, hint: "add one to `samples`" });
    return findings;
  });
}

/** Polls of commands that don't exist, or that move something. */
export function pollFindings(profile: DeviceProfile): Finding[] {
  return (profile.polls ?? []).flatMap((poll, index) => {
    const where = `/polls/${index}`;
    const command = Object.entries(profile.commands ?? {}).find(([name]) => name === poll.command)?.[1];
    if (command === undefined) return [{ where, message: `there is no command \`${poll.command}\`` }];
    if (command.moves === "none") return [];
    return [{ where, message: "a poll may not move a barrier", hint: "the gate never moves by itself" }];
  });
}
