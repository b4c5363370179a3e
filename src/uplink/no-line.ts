/** Where a site has no line to the platform: nothing is ever taken, and nobody is to blame for it. */
import type { LinkState, PlatformLine } from "../shell/ports.ts";

export function noLine(since: number): PlatformLine {
  const state: LinkState = { is: "down", since, why: "no line; records are carried by hand" };
  const nothing = () => undefined;
  return {
    state: () => state,
    onState: nothing,
    send: () => false,
    onAnswer: nothing,
    onDrain: nothing,
    onReceipt: nothing,
    onCommand: nothing,
    limits: () => ({ bytes: 0, inFlight: 0 }),
    drop: nothing,
    close: () => Promise.resolve(),
  };
}
