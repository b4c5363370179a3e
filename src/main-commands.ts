/** What the platform may ask of this gate, put together: each kind of command and the one part that carries it out. */
import { join } from "node:path";
import { openCommandStore } from "./adapters/commands.ts";
import { digestOf, openCommandKeys } from "./adapters/commands-keys.ts";
import { loadProfiles } from "./adapters/profiles.ts";
import { openWithReserve } from "./adapters/reserve.ts";
import { replace } from "./adapters/uplink-cursors.ts";
import { configSha256 } from "./config/fingerprint.ts";
import { checkText, type Loaded } from "./config/load.ts";
import { GateError } from "./core/fault.ts";
import type { Author, LaneId } from "./core/terms.ts";
import { listWork } from "./main-commands-list.ts";
import type { UplinkParts } from "./main-uplink.ts";
import { openLockEnds } from "./shell/lock-ends.ts";
import type { CommandStore } from "./shell/ports.ts";
import type { Command } from "./uplink/command.ts";
import type { ResultTold } from "./uplink/command-result.ts";
import { type Commands, DONE, type Of, type Outcome, openCommands, refused } from "./uplink/commands.ts";
import type { Codes, StreamName } from "./uplink/records.ts";
import type { About } from "./uplink/summaries.ts";

/** What of the uplink a command needs. */
export interface CommandLine {
  readonly codes: Codes;
  readonly epoch: () => string;
  readonly result: (about: About) => ResultTold;
  readonly post: (message: ResultTold, then: () => void) => boolean;
  readonly resend: (stream: StreamName, fromSeq: number) => boolean;
  /** The list is another one: the status tells it. */
  readonly listChanged: () => void;
}

export const COMMANDS_FILE = "commands.sqlite";
/** A configuration that the platform sent and that was found sound; a person at the gate puts it in force. */
export const OFFERED_FILE = "gate.yaml.offered";

const TURN_MS = 1_000;

/** Undefined where the site takes no commands, or can't keep them: then none is carried out. */
export function openCommandsAt(
  parts: UplinkParts,
  line: CommandLine,
): { readonly commands: Commands; close(): Promise<void> } | undefined {
  const keys = keysOf(parts.loaded);
  const store = keys.pems.size === 0 ? undefined : storeOf(parts);
  if (store === undefined) return undefined;
  const ends = openLockEnds({ store, loop: parts.loop, clock: parts.clock });
  const list = listWork({
    register: parts.register,
    wallMs: () => parts.clock.now().wall.epochMs,
    listChanged: line.listChanged,
  });
  const execute = executor(parts, line, ends, list);
  const commands = openCommands({
    site: line.codes.site,
    gate: line.codes.gate,
    epoch: line.epoch,
    clock: parts.clock,
    keys: {
      verify: openCommandKeys(keys.pems).verify,
      mayAsk: (key, kind) => keys.may.get(key)?.includes(kind) ?? keys.pems.has(key),
    },
    digest: digestOf,
    store,
    execute,
    result: line.result,
    post: line.post,
    whenDurable: parts.journal.whenDurable,
    note: parts.loop.note,
    raise: parts.loop.raise,
    count: parts.metrics.commanded,
  });
  const timer = setInterval(() => ends.turn(), TURN_MS);
  return {
    commands,
    async close() {
      clearInterval(timer);
      list.close();
      await store.close();
    },
  };
}

function keysOf({ config, secrets }: Loaded) {
  const listed = config.uplink?.commandKeys ?? [];
  const pems = listed.flatMap(({ id }, n): [string, string][] => {
    const pem = secrets.files.get(`uplink.commandKeys.${n}.publicKeyFile`);
    return pem === undefined ? [] : [[id, pem]];
  });
  return {
    pems: new Map(pems),
    may: new Map(listed.flatMap(({ id, may }) => (may === undefined ? [] : [[id, may] as const]))),
  };
}

/** Without the file no command could be told from its repetition: then none is taken, and the gate works on. */
function storeOf({ loaded, loop, clock, log }: UplinkParts): CommandStore | undefined {
  const onDamage = (message: string) => {
    log.error({ code: "DATABASE_DAMAGED", why: message }, "the platform's commands");
    loop.note({ kind: "fault", open: { code: "DATABASE_DAMAGED", message } });
  };
  try {
    return openWithReserve(join(loaded.dataDir, "start.reserve"), () =>
      openCommandStore({
        file: join(loaded.dataDir, COMMANDS_FILE),
        wallMs: Math.round(clock.now().wall.epochMs),
        onTrouble: (why) => log.warn({ why }, "the platform's commands can't be synced"),
        onDamage,
      }),
    );
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    log.error({ code: cause.code, why: cause.message }, "no command of the platform is taken");
    loop.note({ kind: "fault", open: { code: cause.code, message: cause.message } });
    return undefined;
  }
}

type LockEnds = ReturnType<typeof openLockEnds>;

function executor(
  parts: UplinkParts,
  line: CommandLine,
  ends: LockEnds,
  list: ReturnType<typeof listWork>,
): (command: Command) => Outcome | Promise<Outcome> {
  const lanes = new Map(parts.plan.lanes.map(({ id }): [string, LaneId] => [line.codes.lane(id), id]));
  return (command) => {
    switch (command.kind) {
      case "remote-open":
      case "mode": {
        const lane = lanes.get(command.lane);
        if (lane === undefined) return refused("lane-unknown", { at: "lane" });
        return command.kind === "mode" ? modeOrder(command, lane, parts, ends) : openOrder(command, lane, parts);
      }
      case "whitelist":
        return list.delta(command);
      case "whitelist-part":
        return list.part(command);
      case "erase":
        return list.erase(command);
      case "config":
        return offered(command, parts.loaded);
      case "resend":
        return resent(command, line);
    }
  };
}

const authorOf = ({ who }: Command): Author => ({ who, from: "platform" });

/** As if the named person had tapped the guard's button. */
function openOrder(command: Of<"remote-open">, lane: LaneId, { loop }: UplinkParts): Outcome {
  const { seq, refused: why } = loop.order(lane, { is: "open" }, authorOf(command), command.id);
  return why === undefined ? { ...DONE, recordSeq: seq } : refused(why, { recordSeq: seq });
}

function modeOrder(command: Of<"mode">, lane: LaneId, { loop }: UplinkParts, ends: LockEnds): Outcome {
  const by = authorOf(command);
  const forMs = (command.forSeconds ?? 0) * 1_000;
  // A lane that nobody would release must not be locked down: its end is kept first.
  if (command.mode === "locked-down" && !ends.keep(lane, command, forMs)) return refused("not-kept");
  const order = {
    controlled: { is: "release" },
    "locked-open": { is: "lock-open", forMs },
    "locked-down": { is: "lock-down" },
  } as const;
  const { seq, refused: why } = loop.order(lane, order[command.mode], by, command.id);
  return why === undefined ? { ...DONE, recordSeq: seq } : refused(why, { recordSeq: seq });
}

function resent({ stream, fromSeq }: Of<"resend">, line: CommandLine): Outcome {
  try {
    return line.resend(stream, fromSeq) ? DONE : refused("seq-unknown", { at: "fromSeq" });
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    return refused("seq-unknown");
  }
}

/** The configuration in force stays: what a wire moves is for a person to change who stands at the gate. */
async function offered({ text, sha256 }: Of<"config">, loaded: Loaded): Promise<Outcome> {
  if (configSha256(text) !== sha256) return refused("config-invalid", { at: "sha256" });
  const [shippedProfilesDir] = loaded.profilesDirs;
  const checked = checkText(loaded.file, text, process.env, {
    readProfiles: (dirs) => loadProfiles(dirs).defaults,
    ...(shippedProfilesDir === undefined ? {} : { shippedProfilesDir }),
  });
  if ("errors" in checked) {
    const [first] = checked.errors;
    return refused("config-invalid", first === undefined ? {} : { at: `${first.line}/${first.code}` });
  }
  try {
    await replace(join(loaded.dataDir, OFFERED_FILE), text);
    return { state: "done", code: "config-stored" };
  } catch {
    return refused("not-kept"); // a full disk; the journal's own state tells of it
  }
}
