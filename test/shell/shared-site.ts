/**
 * The gates of one site on a network that a test holds in its hand: letters wait, get lost, come twice or in another
 * order; gates are cut off, lose power and wake up with another time. Everything but network, disk and clock is real.
 */
import { seal, unseal } from "../../src/adapters/journal-seal.ts";
import { letterKey, sharedNames } from "../../src/adapters/shared-key.ts";
import { readRecord } from "../../src/adapters/shared-letter.ts";
import { openSharedLine, type Refused } from "../../src/adapters/shared-line.ts";
import { keyOf } from "../../src/core/shared.ts";
import type { Shared } from "../../src/core/shared-terms.ts";
import type { WhenApart } from "../../src/core/terms.ts";
import type { Entry, Kept, LinkState, MqttHeard, MqttLink } from "../../src/shell/ports.ts";
import { openSharing, type Sharing } from "../../src/shell/sharing.ts";
import { type HandClock, handClock } from "./hand-clock.ts";

export const SECRET = "9f2d1c7be05a4486b3d1f0c2a7e95d34";
const SITE = "xinghe";

/** The broker: who may reach it, and what is on its way. */
export function openNetwork(random: () => number) {
  interface Ends {
    readonly links: ((message: MqttHeard) => void)[];
    readonly states: ((state: LinkState) => void)[];
    up: boolean;
  }
  const gates = new Map<string, Ends>();
  let waiting: { readonly to: string; readonly topic: string; readonly payload: Uint8Array }[] = [];
  const all: { readonly topic: string; readonly payload: Uint8Array }[] = [];
  const chaos = { loss: 0, twice: 0, shuffled: false };

  function deliver(to: string, topic: string, payload: Uint8Array, retained = false): void {
    const ends = gates.get(to);
    if (ends === undefined || !ends.up) return;
    for (const hear of ends.links)
      hear({
        topic,
        payload,
        retained,
        redelivered: false,
        qos: 0,
        epoch: 1,
        beforeConnection: false,
        settle: () => undefined,
        refuse: () => undefined,
      });
  }

  return {
    chaos,
    all,
    deliver,
    /** Anew for each start of the gate. */
    link(gate: string): MqttLink {
      const ends: Ends = { links: [], states: [], up: gates.get(gate)?.up ?? true };
      gates.set(gate, ends);
      return {
        onMessage: (hear) => void ends.links.push(hear),
        onState: (hear) => void ends.states.push(hear),
        onClient: () => undefined,
        state: () => ({ is: ends.up ? "up" : "down", since: 0 }),
        async publish(topic, payload) {
          if (gates.get(gate) !== ends || !ends.up) return;
          all.push({ topic, payload });
          for (const to of gates.keys()) {
            if (random() < chaos.loss) continue;
            waiting.push({ to, topic, payload });
            if (random() < chaos.twice) waiting.push({ to, topic, payload });
          }
        },
        subscribe: async () => undefined,
        close: async () => undefined,
      };
    },
    cut(gate: string, up: boolean): void {
      const ends = gates.get(gate);
      if (ends === undefined || ends.up === up) return;
      ends.up = up;
      for (const hear of ends.states) hear({ is: up ? "up" : "down", since: 0 });
    },
    /** Delivers one of those that wait; false = none. */
    step(): boolean {
      const n = chaos.shuffled ? Math.floor(random() * waiting.length) : 0;
      const [one] = waiting.splice(n, 1);
      if (one === undefined) return false;
      deliver(one.to, one.topic, one.payload);
      return true;
    },
    drop(): void {
      waiting = [];
    },
  };
}
export type Network = ReturnType<typeof openNetwork>;

/** What of a gate outlasts a power cut. */
export interface Disk {
  readonly kept: Map<string, string>;
  rows: number;
}

export interface SharingGate {
  readonly sharing: Sharing;
  readonly clock: HandClock;
  readonly refused: Refused[];
  readonly entries: Entry[];
  twins(): number;
  /** Somebody passed here. */
  pass(
    holder: string,
    area: string | undefined,
    more?: { readonly vehicle?: boolean; readonly household?: string },
  ): void;
  clear(area: string, asOfMs?: number): void;
  /** The disk has all rows. */
  sync(): void;
}

export function startGate(
  network: Network,
  disk: Disk,
  settings: {
    readonly gate: string;
    readonly gates: readonly string[];
    readonly boot: string;
    readonly clock?: HandClock;
    readonly whenApart?: WhenApart;
    /** Told of every record that has come to the disk. */
    readonly onDurable?: (record: Shared) => void;
    readonly secret?: string;
  },
): SharingGate {
  const clock = settings.clock ?? handClock();
  const refused: Refused[] = [];
  const entries: Entry[] = [];
  let twins = 0;
  let undurable: { readonly seq: number; readonly keeps: readonly Kept[] }[] = [];
  let waiters: { readonly seq: number; readonly then: () => void }[] = [];
  let rows = disk.rows;
  const key = letterKey(settings.secret ?? SECRET, SITE);
  const line = openSharedLine(
    { site: SITE, gate: settings.gate },
    {
      link: network.link(settings.gate),
      seal: (fields) => seal(key, fields),
      unseal: (sealed) => unseal(key, sealed),
      onRefused: (why) => void refused.push(why),
    },
  );
  const journal = {
    append(entry: Entry): number {
      entries.push(entry);
      rows++;
      undurable.push({ seq: rows, keeps: entry.keeps ?? [] });
      return rows;
    },
    whenDurable(seq: number, then: () => void): void {
      if (seq <= disk.rows) then();
      else waiters.push({ seq, then });
    },
  };
  const sharing = openSharing({
    gate: settings.gate,
    boot: settings.boot,
    gates: settings.gates,
    whenApart: settings.whenApart ?? "hard",
    silentAfterMs: 60_000,
    clock,
    line,
    journal,
    pseudonym: sharedNames(SECRET, SITE),
    known: knownOf(disk),
    changed: () => undefined,
    onTwin: () => void twins++,
  });
  return {
    sharing,
    clock,
    refused,
    entries,
    twins: () => twins,
    pass(holder, area, more = {}) {
      const now = clock.now();
      const places = {
        holder,
        vehicle: more.vehicle ?? false,
        ...(area === undefined ? {} : { area }),
        ...householdOf(more),
      };
      const keeps = sharing.placed(places, now);
      sharing.written(journal.append({ kind: "history", now, open: {}, keeps }));
    },
    clear(area, asOfMs) {
      const now = clock.now();
      const keeps = sharing.cleared(area, now, asOfMs);
      sharing.written(journal.append({ kind: "amnesty", now, open: {}, keeps }));
    },
    sync() {
      for (const { seq, keeps } of undurable) {
        disk.rows = seq;
        for (const { key: at, text } of keeps) {
          disk.kept.set(at, text);
          const record = at.startsWith("record ") ? readRecord(JSON.parse(text)) : undefined;
          if (record !== undefined) settings.onDurable?.(record);
        }
      }
      undurable = [];
      const due = waiters.filter(({ seq }) => seq <= disk.rows);
      waiters = waiters.filter(({ seq }) => seq > disk.rows);
      for (const { then } of due) then();
    },
  };
}

const householdOf = ({ household }: { readonly household?: string }) => (household === undefined ? {} : { household });

function knownOf({ kept }: Disk) {
  const records = [...kept].flatMap(([key, text]) =>
    key.startsWith("record ") ? (readRecord(JSON.parse(text)) ?? []) : [],
  );
  const heads = new Map(
    [...kept].flatMap(([key, text]) => (key.startsWith("head ") ? [[key.slice(5), Number(text)] as const] : [])),
  );
  return { records, heads };
}

/** All that counts at a gate, in one text to compare. */
export function placements(sharing: Pick<Sharing, "ledger">): Readonly<Record<string, unknown>> {
  const { ledger } = sharing;
  return Object.fromEntries(
    ledger
      .all()
      .map(({ told, stamp }): [string, unknown] => [
        keyOf(told),
        told.is === "placed" ? [stamp, told, ledger.whereabouts(told.subject)?.area] : [stamp, told],
      ])
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
