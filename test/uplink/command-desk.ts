/** Commands at a real loop, list and file of commands; line, disk's sync and clock in the test's hand. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openCommandStore } from "../../src/adapters/commands.ts";
import { digestOf, openCommandKeys } from "../../src/adapters/commands-keys.ts";
import type { CommandKind } from "../../src/core/terms.ts";
import type { CommandStore, Entry } from "../../src/shell/ports.ts";
import type { Command } from "../../src/uplink/command.ts";
import type { Heard } from "../../src/uplink/command-judge.ts";
import type { ResultTold } from "../../src/uplink/command-result.ts";
import { type Commands, type Outcome, openCommands } from "../../src/uplink/commands.ts";
import { resultTold } from "../../src/uplink/summaries.ts";
import { place } from "../keeping/journal-place.ts";
import { openGateLoop } from "../shell/gate.ts";
import { BOOT, CODES } from "./samples.ts";
import { EPOCH, publicPem } from "./signer.ts";

export interface DeskSettings {
  readonly execute?: (command: Command) => Outcome | Promise<Outcome>;
  readonly store?: CommandStore;
  readonly mayAsk?: (key: string, kind: CommandKind) => boolean;
  /** Holds the disk's sync back until it is called. */
  readonly syncs?: () => Promise<void>;
}

export function openDesk(settings: DeskSettings = {}) {
  const file = join(place(), "commands.sqlite");
  const gate = openGateLoop({}, []);
  const keys = openCommandKeys(new Map([["county", publicPem("county")]]));
  const told: ResultTold[] = [];
  const rows: Pick<Entry, "kind" | "open">[] = [];
  const alarms: string[] = [];
  const counts = new Map<string, number>();
  let takes = true;
  let acknowledges = true;
  let epoch = EPOCH;
  let store = settings.store ?? openStore();
  let commands = openOne();
  onTestFinished(() => store.close());

  function openStore(): CommandStore {
    const opened = openCommandStore({
      file,
      wallMs: 0,
      onTrouble: () => undefined,
      onDamage: (why) => void alarms.push(why),
    });
    const { syncs } = settings;
    return syncs === undefined ? opened : { ...opened, settled: () => opened.settled().then(syncs) };
  }

  function openOne(): Commands {
    return openCommands({
      site: CODES.site,
      gate: CODES.gate,
      epoch: () => epoch,
      clock: gate.clock,
      keys: { verify: keys.verify, mayAsk: settings.mayAsk ?? (() => true) },
      digest: digestOf,
      store,
      execute:
        settings.execute ??
        ((command) => {
          const { seq } = gate.loop.order("in", { is: "open" }, { who: command.who, from: "platform" }, command.id);
          return { state: "done", code: "carried-out", recordSeq: seq };
        }),
      result: (about) =>
        resultTold(
          {
            wallMs: 0,
            trust: "untrusted",
            at: gate.clock.at(),
            boot: BOOT,
            seq: 1,
            hash: "0".repeat(64),
            chance: "00112233445566778899",
          },
          CODES,
          epoch,
          about,
        ),
      post(message, then) {
        if (!takes) return false;
        told.push(message);
        if (acknowledges) then();
        return true;
      },
      whenDurable: gate.journal.whenDurable,
      note: (entry) => rows.push(entry),
      raise: (alarm, _, detail) => void alarms.push(`${alarm} ${detail}`),
      count: (kind, code) => void counts.set(`${kind} ${code}`, (counts.get(`${kind} ${code}`) ?? 0) + 1),
    });
  }

  return {
    gate,
    told: told as readonly ResultTold[],
    rows: rows as readonly Pick<Entry, "kind" | "open">[],
    alarms: alarms as readonly string[],
    counts: counts as ReadonlyMap<string, number>,
    store: () => store,
    hear(text: string, more: Partial<Heard> = {}) {
      commands.hear({
        topic: "remote-open",
        bytes: Buffer.from(text),
        retained: false,
        redelivered: false,
        ...more,
      });
    },
    /** The line takes messages; and the broker says so. */
    line(how: { readonly takes: boolean; readonly acknowledges: boolean }) {
      ({ takes, acknowledges } = how);
    },
    reconnect(number: string) {
      epoch = number;
      commands.again();
    },
    turn: () => commands.turn(),
    /** The program ends and begins anew on the same files. */
    async restart() {
      await store.close();
      if (!existsSync(file)) throw new Error("the file is gone");
      store = openStore();
      commands = openOne();
    },
  };
}
