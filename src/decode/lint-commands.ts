/** What is wrong with a profile's commands and polls. */
import type { Finding } from "./load.ts";
import { fieldsOfBytes, fieldsOfOutgoing } from "./outgoing.ts";
import type { CommandRule, DeviceProfile } from "./profile.ts";
import type { OutgoingTemplate } from "./profile-outgoing.ts";
import { slotsInJson } from "./scope.ts";

const LINK_OF = { topic: "mqtt", bytes: "serial", answer: "http", request: "http" } as const;

function sortOf(out: OutgoingTemplate): keyof typeof LINK_OF {
  if ("topic" in out) return "topic";
  if ("request" in out) return "request";
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
        message: "`topic` is for MQTT links, `bytes` for serial ones, `answer` and `request` for HTTP",
      });
    if ("request" in command.out) findings.push(...requestFindings(where, command, profile));
    const { out } = command;
    if ("answer" in out && !profile.messages.some((kind) => kind.kind === out.to))
      findings.push({ where: `${where}/out/to`, message: "say which kind of request it may be the answer to" });
    if (!profile.samples.some((sample) => "command" in sample && sample.command === name))
      findings.push({ where, message: `the command \`${name}\` has no sample`, hint: "add one to `samples`" });
    return findings;
  });
}

function requestFindings(where: string, { expects }: CommandRule, { link }: DeviceProfile): Finding[] {
  const called = link.via !== "http" || link.calls !== undefined;
  return [
    ...(called
      ? []
      : [{ where: `${where}/out`, message: "the link doesn't say how it is called", hint: "add `calls`" }]),
    ...(expects === undefined
      ? [{ where, message: "every request has an answer: say which one is meant", hint: "give the command `expects`" }]
      : []),
  ];
}

/** The command that asks for records, and the kind that reads them: neither may ever move anything. */
export function recordsFindings({ records, commands = {}, messages }: DeviceProfile): Finding[] {
  if (records === undefined) return [];
  const where = "/records";
  const command = Object.entries(commands).find(([name]) => name === records.command)?.[1];
  if (command === undefined) return [{ where, message: `there is no command \`${records.command}\`` }];
  const findings: Finding[] = [];
  if (command.moves !== "none" || !("request" in command.out))
    findings.push({ where, message: "records are asked for by a request that moves nothing" });
  const args = Object.keys(command.args ?? {});
  if (["from", "until", "page"].some((name) => !args.includes(name)))
    findings.push({ where, message: "its command needs the arguments `from`, `until` and `page`" });
  const kinds = messages.filter((kind) => kind.when.some((one) => "asked" in one && one.asked === records.command));
  if (kinds.length === 0)
    findings.push({ where, message: "no kind reads the answer", hint: `\`asked\`: \`${records.command}\`` });
  const live = kinds
    .flatMap((kind) => kind.reports ?? [])
    .some((report) => (report.is === "presented" || report.is === "stranger") && report.live !== false);
  if (live) findings.push({ where, message: "a record that was kept is never live", hint: "write `live: false`" });
  return findings;
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
