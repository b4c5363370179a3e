/** The contacts between whoever reads them and the lanes: each level is told on, but for those that jump (core/chatter). */
import { type Contact, hearLevel, steadied, stillAt } from "../core/chatter.ts";
import type { ContactLevel, InputRole, LaneId } from "../core/terms.ts";
import type { Clock } from "./ports.ts";

export interface Contacts {
  sense(lane: LaneId, input: InputRole, level: ContactLevel): void;
  close(): void;
}

export interface ContactsDeps {
  readonly clock: Pick<Clock, "at" | "wakeAt">;
  readonly tell: (lane: LaneId, input: InputRole, level: ContactLevel) => void;
  /** An input has begun to jump. */
  readonly onJumping: (lane: LaneId, input: InputRole) => void;
  /** No input of this lane jumps any more. */
  readonly onStill: (lane: LaneId) => void;
}

export function openContacts({ clock, tell, onJumping, onStill }: ContactsDeps): Contacts {
  const contacts = new Map<LaneId, Map<InputRole, Contact>>();
  const waking = new Set<() => void>();

  function sense(lane: LaneId, input: InputRole, level: ContactLevel): void {
    const of = contacts.get(lane) ?? new Map<InputRole, Contact>();
    contacts.set(lane, of);
    const before = of.get(input);
    const [after, told] = hearLevel(before, level, clock.at());
    of.set(input, after);
    if (told !== undefined) tell(lane, input, told);
    if (after.is !== "jumping" || before?.is === "jumping") return;
    onJumping(lane, input);
    wait(lane, of, input, after);
  }

  /** One timer for as long as it jumps, however often it does. */
  function wait(lane: LaneId, of: Map<InputRole, Contact>, input: InputRole, contact: Contact): void {
    const at = stillAt(contact);
    if (at === undefined) return;
    const callOff = clock.wakeAt(at, () => {
      waking.delete(callOff);
      const now = of.get(input) ?? contact;
      if ((stillAt(now) ?? at) > at) return wait(lane, of, input, now);
      const still = steadied(now);
      of.set(input, still);
      tell(lane, input, still.level);
      if (![...of.values()].some((each) => each.is === "jumping")) onStill(lane);
    });
    waking.add(callOff);
  }

  return {
    sense,
    close() {
      for (const callOff of waking) callOff();
      waking.clear();
    },
  };
}
