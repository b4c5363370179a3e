/** A seeded generator (mulberry32), so that a simulated day can be had again. */
export interface Random {
  /** 0 <= x < 1. */
  next(): number;
  /** Whole, 0 <= x < below. */
  below(below: number): number;
  pick<T>(from: readonly T[]): T | undefined;
  chance(p: number): boolean;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number) => Math.floor(next() * n);
  return { next, below, pick: (from) => from[below(from.length)], chance: (p) => next() < p };
}
