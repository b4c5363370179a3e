/**
 * The site's other gates as this one hears them. A letter is of now if it names a letter of ours that was sent a moment
 * ago: nobody could have written it before. What is older, was held back or is replayed proves nothing about its gate,
 * however genuine it is.
 */
import type { Heads, Heard, Letter } from "../core/shared-terms.ts";
import type { Millis } from "../core/terms.ts";

export interface Peer {
  /** The newest letter heard of it, as it is told back. */
  readonly heard: Heard;
  readonly origin: string;
  readonly heads: Heads;
  /** Our newest letter that it has named. */
  readonly named: number;
  /** Monotonic; when that one was sent: since then the gate has been there for sure. Absent = nothing proved yet. */
  readonly since?: Millis;
}

export interface Peers {
  /** A letter of ours goes out. */
  sent(number: number, at: Millis): void;
  /** What a letter of now tells of its gate; undefined = it isn't one. */
  hear(letter: Letter, at: Millis): Peer | undefined;
  /** To be told to all of them. */
  hears(): ReadonlyMap<string, Heard>;
  get(gate: string): Peer | undefined;
  isUp(gate: string, at: Millis): boolean;
  /** Whether the origin's own gate is there to tell of it. */
  isTended(origin: string, at: Millis): boolean;
}

export function openPeers(own: { readonly gate: string; readonly boot: string }, silentAfterMs: Millis): Peers {
  const peers = new Map<string, Peer>();
  const sentAt = new Map<number, Millis>();

  function isUp(gate: string, at: Millis): boolean {
    const since = peers.get(gate)?.since;
    return since !== undefined && at - since < silentAfterMs;
  }

  /** When the letter of ours that it names was sent; undefined = too long ago, or it isn't newer than what was heard. */
  function provedBy({ boot, number, hears }: Letter, known: Peer | undefined, at: Millis): Millis | undefined {
    const named = hears.get(own.gate);
    if (named?.boot !== own.boot) return undefined;
    const since = sentAt.get(named.number);
    if (since === undefined || at - since >= silentAfterMs) return undefined;
    if (known === undefined) return since;
    const goesOn = known.heard.boot === boot && number > known.heard.number && named.number >= known.named;
    // Another start of it can only have heard what we have sent since.
    const startedAnew = known.heard.boot !== boot && named.number > known.named;
    return goesOn || startedAnew ? since : undefined;
  }

  return {
    sent(number, at) {
      for (const [old, when] of sentAt) {
        if (at - when < silentAfterMs) break;
        sentAt.delete(old);
      }
      sentAt.set(number, at);
    },
    hear(letter, at) {
      const { gate, boot, number, origin, heads, hears } = letter;
      const known = peers.get(gate);
      const since = provedBy(letter, known, at);
      const heard = { boot, number };
      if (since !== undefined) {
        const peer = { heard, origin, heads, named: hears.get(own.gate)?.number ?? 0, since };
        peers.set(gate, peer);
        return peer;
      }
      // It may not have heard us yet, and must hear that we hear it.
      if (known === undefined) peers.set(gate, { heard, origin: "", heads: new Map(), named: 0 });
      else if (known.heard.boot === boot ? number > known.heard.number : !isUp(gate, at))
        peers.set(gate, { ...known, heard });
      return undefined;
    },
    hears: () => new Map([...peers].map(([gate, { heard }]) => [gate, heard])),
    get: (gate) => peers.get(gate),
    isUp,
    isTended: (origin, at) => [...peers].some(([gate, peer]) => peer.origin === origin && isUp(gate, at)),
  };
}
