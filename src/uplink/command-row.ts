/** What the journal keeps of a command: whose order, and what; of the list nothing, because names don't belong there. Pure. */
import type { Entry } from "../shell/ports.ts";
import type { Command } from "./command.ts";

export function keptOf(command: Command): Entry["open"] {
  const { id, kind, who } = command;
  switch (command.kind) {
    case "remote-open":
      return { id, command: kind, who, why: command.why, lane: command.lane };
    case "mode":
      return { id, command: kind, who, why: command.why, lane: command.lane, mode: command.mode };
    case "whitelist":
      return { id, command: kind, who, put: command.put.length, remove: command.remove.length };
    case "whitelist-part":
      return { id, command: kind, who, part: command.part, parts: command.parts };
    case "resend":
      return { id, command: kind, who, stream: command.stream, fromSeq: command.fromSeq };
    case "config":
      return { id, command: kind, who, sha256: command.sha256 };
    case "erase":
      return { id, command: kind, who };
  }
}
