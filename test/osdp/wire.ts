/** A bus of simulated readers on a clock of its own: the panel's pure machine at one end, readers at the other. */
import { aes128 } from "../../src/adapters/aes.ts";
import { type BusEvent, type BusState, deadline, startBus, step } from "../../src/decode/osdp-bus.ts";
import { type Order, type Out, type ReaderPlan, type Tools, USUAL_TIMING } from "../../src/decode/osdp-terms.ts";
import { type OsdpReader, type OsdpReaderSettings, openOsdpReader } from "../../src/simulator/osdp-reader.ts";
import { random as seeded } from "../../src/simulator/random.ts";

export const KEY = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
export const CARDS = { lengths: [26, 34], written: "decimal" } as const;
export const PINS = { minDigits: 4, maxDigits: 8, keyMs: 5_000 } as const;
export const plan = (address: number, security: ReaderPlan["security"] = { is: "secure", key: KEY }): ReaderPlan => ({
  device: `r${address}`,
  address,
  security,
  cards: CARDS,
  pins: PINS,
});

export interface Wire {
  readonly readers: ReadonlyMap<number, OsdpReader>;
  /** What the panel told so far, without what it sent. */
  readonly told: Out[];
  /** Packets as they went over the wire. */
  readonly sent: Uint8Array[];
  readonly replied: Uint8Array[];
  /** May change, drop or multiply what a reader says; chunks come one after another. */
  onReply: (bytes: Uint8Array) => readonly Uint8Array[];
  onSend: (bytes: Uint8Array) => Uint8Array | undefined;
  at(): number;
  state(): BusState;
  give(event: BusEvent): void;
  run(ms: number): void;
  order(device: string, more: Partial<Order> & Pick<Order, "code" | "data">): void;
  /** What was told since the last look, in words. */
  everything(): readonly string[];
  /** The same without the same twice in a row. */
  news(): readonly string[];
  /** Bytes from somebody else on the line, after the usual delay. */
  say(bytes: Uint8Array): void;
}

export interface WireSettings {
  readonly plans: readonly ReaderPlan[];
  /** `key: undefined` = as it came from its maker. */
  readonly readers?: readonly (Omit<Partial<OsdpReaderSettings>, "key"> & { readonly key?: Uint8Array | undefined })[];
  readonly seed?: number;
  readonly timing?: Partial<Tools["timing"]>;
  readonly delayMs?: number;
}

export function openWire(settings: WireSettings): Wire {
  const random = seeded(settings.seed ?? 1);
  const draw = (bytes: number) => Uint8Array.from({ length: bytes }, () => random.below(256));
  const tools: Tools = { cipher: aes128, draw, timing: { ...USUAL_TIMING, ...settings.timing } };
  let at = 1_000;
  let state = startBus(settings.plans, at);
  let seen = 0;
  let orders = 0;
  const coming: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  const readers = new Map(
    settings.plans.map(({ address, security }, i) => {
      const { key, ...more } = { key: security.is === "secure" ? security.key : undefined, ...settings.readers?.[i] };
      const own = key === undefined ? {} : { key };
      const clear = security.is === "clear";
      return [address, openOsdpReader({ address, random: draw, now: () => at, clear, ...own, ...more })];
    }),
  );

  const wire: Wire = {
    readers,
    told: [],
    sent: [],
    replied: [],
    onReply: (bytes) => [bytes],
    onSend: (bytes) => bytes,
    at: () => at,
    state: () => state,
    give(event) {
      const [next, outs] = step(tools, state, event);
      state = next;
      for (const out of outs) {
        if (out.do !== "send") wire.told.push(out);
        else carry(out.bytes);
      }
    },
    run(ms) {
      const end = at + ms;
      for (let turns = 0; turns < 100_000; turns += 1) {
        const due = deadline(state) ?? Number.POSITIVE_INFINITY;
        const [first] = coming;
        const next = Math.min(due, first?.at ?? Number.POSITIVE_INFINITY);
        if (next > end) break;
        at = Math.max(at, next);
        if (first !== undefined && first.at <= due) {
          coming.shift();
          wire.give({ is: "bytes", at, bytes: first.bytes });
        } else wire.give({ is: "due", at });
      }
      at = end;
    },
    order(device, more) {
      orders += 1;
      const order = { id: orders, repeatable: false, until: at + 1_000, ...more };
      wire.give({ is: "order", at, device, order });
    },
    say: (bytes) => void coming.push({ at: at + (settings.delayMs ?? 10), bytes }),
    news: () => wire.everything().filter((one, i, all) => one !== all[i - 1]),
    everything() {
      const fresh = wire.told.slice(seen).map((out) => {
        if (out.do === "present") return `${out.device} ${out.claim.type} ${out.claim.value}${out.old ? " old" : ""}`;
        if (out.do === "answer") return `order ${out.order} ${out.outcome}`;
        if (out.do === "online") return `${out.device} online${out.secure ? " secure" : ""}`;
        if (out.do === "offline" || out.do === "distrust") return `${out.device} ${out.do}: ${out.why}`;
        if (out.do === "fault") return `fault ${out.code}`;
        if (out.do === "local") return `${out.device} tamper ${out.tamper}`;
        return out.do === "send" ? "" : `${out.device} ${out.do}`;
      });
      seen = wire.told.length;
      return fresh;
    },
  };

  function carry(bytes: Uint8Array): void {
    wire.sent.push(bytes);
    const arrived = wire.onSend(bytes);
    if (arrived === undefined) return;
    for (const reader of readers.values()) {
      const reply = reader.hear(arrived);
      if (reply === undefined) continue;
      wire.replied.push(reply);
      for (const [i, chunk] of wire.onReply(reply).entries())
        coming.push({ at: at + (settings.delayMs ?? 10) + i, bytes: chunk });
    }
  }
  return wire;
}

/** Up, greeted, in session, and every reader drained. */
export function online(settings: WireSettings): Wire {
  const wire = openWire(settings);
  wire.give({ is: "line", at: wire.at(), up: true });
  wire.run(2_000);
  wire.news();
  return wire;
}
