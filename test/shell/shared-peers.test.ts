/** Whether another gate is there now: what proves it, and what doesn't. */
import { describe, expect, it } from "vitest";
import type { Heard, Letter } from "../../src/core/shared-terms.ts";
import { openPeers } from "../../src/shell/sharing-peers.ts";

const OWN = { gate: "south", boot: "s1" };
const SILENT = 60_000;
const letter = (boot: string, number: number, named?: Heard): Letter => ({
  gate: "north",
  boot,
  number,
  origin: `north/${boot}`,
  heads: new Map([["south/s1", number]]),
  hears: new Map(named === undefined ? [] : [["south", named]]),
});
const ours = (number: number): Heard => ({ boot: "s1", number });

/** Our letters 1, 2 … went out at 0 s, 10 s, 20 s … */
function heardBy(letters: readonly (readonly [at: number, letter: Letter])[]) {
  const peers = openPeers(OWN, SILENT);
  let sent = 0;
  const fresh = letters.map(([at, one]) => {
    while (sent * 10_000 <= at) peers.sent(++sent, (sent - 1) * 10_000);
    return peers.hear(one, at) !== undefined;
  });
  const [at] = letters.at(-1) ?? [0];
  return { peers, fresh, up: peers.isUp("north", at) };
}

describe("a letter of another gate", () => {
  it.each<[string, readonly (readonly [number, Letter])[], readonly boolean[]]>([
    ["that names nothing of ours", [[5_000, letter("n1", 1)]], [false]],
    ["that names our newest", [[5_000, letter("n1", 1, ours(1))]], [true]],
    ["that names another start of ours", [[5_000, letter("n1", 1, { boot: "s0", number: 1 })]], [false]],
    ["that names one we never sent", [[5_000, letter("n1", 1, ours(99))]], [false]],
    ["that names one of long ago", [[65_000, letter("n1", 1, ours(1))]], [false]],
    [
      "heard twice",
      [
        [5_000, letter("n1", 1, ours(1))],
        [6_000, letter("n1", 1, ours(1))],
      ],
      [true, false],
    ],
    [
      "heard late",
      [
        [5_000, letter("n1", 2, ours(1))],
        [6_000, letter("n1", 1, ours(1))],
      ],
      [true, false],
    ],
    [
      "the next one",
      [
        [5_000, letter("n1", 1, ours(1))],
        [6_000, letter("n1", 2, ours(1))],
      ],
      [true, true],
    ],
    [
      "the next one, naming an older one of ours",
      [
        [15_000, letter("n1", 1, ours(2))],
        [16_000, letter("n1", 2, ours(1))],
      ],
      [true, false],
    ],
    [
      "that has started anew",
      [
        [5_000, letter("n1", 9, ours(1))],
        [15_000, letter("n2", 1, ours(2))],
      ],
      [true, true],
    ],
    [
      "of a start before, held back until now",
      [
        [15_000, letter("n2", 1, ours(2))],
        [16_000, letter("n1", 9, ours(1))],
        [17_000, letter("n2", 2, ours(2))],
      ],
      [true, false, true],
    ],
    [
      "that had not heard us, and then has",
      [
        [5_000, letter("n1", 1)],
        [6_000, letter("n1", 2, ours(1))],
      ],
      [false, true],
    ],
  ])("%s", (_, letters, wanted) => {
    const { fresh, up } = heardBy(letters);
    expect(fresh).toEqual(wanted);
    expect(up).toBe(wanted.includes(true));
  });

  it("keeps its gate up from when our letter went, not from when the answer came", () => {
    const { peers } = heardBy([[9_000, letter("n1", 1, ours(1))]]);
    expect(peers.isUp("north", 59_999)).toBe(true);
    expect(peers.isUp("north", 60_000)).toBe(false);
    expect(peers.isUp("west", 0)).toBe(false);
    expect(peers.isTended("north/n1", 59_999)).toBe(true);
    expect(peers.isTended("north/n1", 60_000)).toBe(false);
    expect(peers.isTended("north/n0", 0)).toBe(false);
  });

  it("of another start is told back only when its gate is silent, so that old letters can't make a gate seem unheard", () => {
    const { peers } = heardBy([
      [5_000, letter("n1", 5, ours(1))],
      [6_000, letter("n0", 9)],
    ]);
    expect(peers.hears().get("north")).toEqual({ boot: "n1", number: 5 });
    peers.hear(letter("n2", 1), 60_000);
    expect(peers.hears().get("north")).toEqual({ boot: "n2", number: 1 });
    peers.hear(letter("n2", 4), 60_100);
    peers.hear(letter("n2", 3), 60_200);
    expect(peers.hears().get("north")).toEqual({ boot: "n2", number: 4 });
  });
});
