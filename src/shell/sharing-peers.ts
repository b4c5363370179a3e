/**
 * The site's other gates as this one hears them. One is up while its letters prove that it hears us now: they name this
 * start of ours, which nobody could have known before it, and count on. What is replayed proves nothing.
 */
import type { Heads, Letter } from "../core/shared-terms.ts";
import type { Millis } from "../core/terms.ts";

export interface Peer {
  readonly gate: string;
  readonly boot: string;
  readonly number: number;
  readonly origin: string;
  readonly heads: Heads;
  /** Monotonic; when it last proved that it hears us; absent = not yet. */
  readonly heardAt?: Millis;
}

export interface Peers {
  /** What is new of it; undefined = replayed, or sent twice. */
  hear(letter: Letter, at: Millis): Peer | undefined;
  /** Every start heard, as it is to be told to them. */
  hears(): ReadonlyMap<string, string>;
  get(gate: string): Peer | undefined;
  isUp(gate: string, at: Millis): boolean;
  /** Origins whose own gate is there to tell of them. */
  isTended(origin: string, at: Millis): boolean;
}

/** No gate starts so often that a letter of that age comes again. */
const MOST_STARTS = 64;

export function openPeers(own: { readonly gate: string; readonly boot: string }, silentAfterMs: Millis): Peers {
  const peers = new Map<string, Peer>();
  const over = new Map<string, readonly string[]>();

  const isUp = (gate: string, at: Millis) => {
    const heardAt = peers.get(gate)?.heardAt;
    return heardAt !== undefined && at - heardAt < silentAfterMs;
  };
  return {
    hear(letter, at) {
      const { gate, boot, number, origin, heads } = letter;
      const known = peers.get(gate);
      const ended = over.get(gate) ?? [];
      if (ended.includes(boot)) return undefined;
      if (known?.boot === boot && number <= known.number) return undefined;
      if (known !== undefined && known.boot !== boot) over.set(gate, [...ended, known.boot].slice(-MOST_STARTS));
      const heardAt = letter.hears.get(own.gate) === own.boot ? at : known?.heardAt;
      const peer = { gate, boot, number, origin, heads, ...(heardAt === undefined ? {} : { heardAt }) };
      peers.set(gate, peer);
      return peer;
    },
    hears: () => new Map([...peers].map(([gate, peer]) => [gate, peer.boot])),
    get: (gate) => peers.get(gate),
    isUp,
    isTended: (origin, at) => [...peers.values()].some((peer) => peer.origin === origin && isUp(peer.gate, at)),
  };
}
