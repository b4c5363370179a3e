/** A platform as an adversary would build it, behind the line's own port, and what it has stored. Seeded; no sockets. */
import type { LinkState, Parcel, PlatformLine } from "../../src/shell/ports.ts";
import type { Random } from "../../src/simulator/random.ts";

export interface Manners {
  /** Chances, each message: it never arrives; arrives twice; is kept back behind others; isn't answered; breaks the line. */
  readonly drops?: number;
  readonly doubles?: number;
  readonly reorders?: number;
  readonly silent?: number;
  readonly breaks?: number;
  /** Acknowledged, and then forgotten by the platform. */
  readonly forgets?: number;
  readonly refuses?: number;
}

export interface Record_ {
  readonly stream: "alarm" | "event";
  readonly seq: number;
  readonly previousSeq: number;
  readonly id: string;
  readonly lane?: string;
}

export function openFakePlatform(dice: Random, manners: () => Manners) {
  let state: LinkState = { is: "down", since: 0 };
  const states: ((state: LinkState) => void)[] = [];
  const answers: ((number: number, reason: number) => void)[] = [];
  /** Things to happen, in order unless the adversary mixes them. */
  let later: (() => void)[] = [];
  const arrived: Record_[] = [];
  const others: { readonly topic: string; readonly payload: string }[] = [];
  const stored = new Map<number, Record_>();
  let epoch = 0;
  let dropped = "";

  function tell(is: LinkState["is"]): void {
    state = { is, since: 0 };
    for (const hear of states) hear(state);
  }
  const chance = (p = 0) => dice.chance(p);

  function take(parcel: Parcel): void {
    const { seq, stream, previousSeq, id, lane } = JSON.parse(parcel.payload);
    if (stream === undefined) return void others.push(parcel);
    const record = { seq, stream, previousSeq, id, lane };
    arrived.push(record);
    if (!chance(manners().forgets) && !stored.has(seq)) stored.set(seq, record);
  }

  function meet(parcel: Parcel): void {
    const now = epoch;
    const { drops, doubles, silent, breaks, refuses } = manners();
    const answer = (reason: number) =>
      void later.push(() => {
        if (epoch === now) for (const hear of answers) hear(parcel.number, reason);
      });
    if (chance(breaks))
      return void later.push(() => {
        // What was behind it on the wire is gone with it.
        later = [];
        line.drop("broken");
      });
    if (chance(refuses)) return answer(0x97);
    if (chance(drops)) return;
    // Acknowledged after it was taken; who forgets it then is the platform behind the broker.
    later.push(() => {
      take(parcel);
      if (!chance(silent)) answer(0);
    });
    if (chance(doubles)) later.push(() => take(parcel));
  }

  const line: PlatformLine = {
    state: () => state,
    onState: (hear) => void states.push(hear),
    onAnswer: (hear) => void answers.push(hear),
    onDrain: () => undefined,
    onReceipt: () => undefined,
    onCommand: () => undefined,
    limits: () => ({ bytes: 100_000, inFlight: 1_000 }),
    send(parcels) {
      if (state.is !== "up") return false;
      for (const parcel of parcels) meet(parcel);
      return true;
    },
    drop(why) {
      dropped = why;
      epoch++;
      // A line loses the tail of what was on it.
      later = later.slice(0, dice.below(later.length + 1));
      if (state.is !== "down") tell("down");
    },
    close: () => Promise.resolve(),
  };

  return {
    line,
    arrived: arrived as readonly Record_[],
    others: others as readonly { readonly topic: string; readonly payload: string }[],
    stored: stored as ReadonlyMap<number, Record_>,
    dropped: () => dropped,
    connect: () => tell("up"),
    onTheWay: () => later.length,
    up: () => state.is === "up",
    /** Lets one thing happen. False: nothing is on its way. */
    step(): boolean {
      if (later.length === 0) return false;
      const at = chance(manners().reorders) ? dice.below(later.length) : 0;
      const [one] = later.splice(at, 1);
      one?.();
      return true;
    },
    /** The highest record of a stream to which every link is there. */
    storedSeq(stream: Record_["stream"]): number {
      const next = new Map(
        [...stored.values()].filter((one) => one.stream === stream).map((one) => [one.previousSeq, one.seq]),
      );
      let seq = 0;
      for (let one = next.get(0); one !== undefined; one = next.get(one)) seq = one;
      return seq;
    },
  };
}
