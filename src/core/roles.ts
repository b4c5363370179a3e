/** Who may do what on the page: one table, read by the server before each request and by the page for its menus. */

/** What a person's account is for. */
export type Role = "guard" | "clerk" | "technician" | "admin";
export const ROLES: readonly Role[] = ["guard", "clerk", "technician", "admin"];

/**
 * Who asks, as far as we know: a `stranger` on the network; the `booth` = this machine or a browser in which a guard has
 * entered before, with nobody entered now (the lock screen); a `machine` with the operator token; or a person's role.
 */
export type Rank = "stranger" | "booth" | "machine" | Role;

/**
 * - `ask`: may try to enter, and hear what it is taken for
 * - `look`: the lanes' state without any name (the lock screen)
 * - `rescue`: 停 and emergency opening, which wait for no password
 * - `watch`: state and rows with names
 * - `operate`: orders, alarms, amnesty, shifts
 * - `figures`: counted traffic of other days than today
 * - `people`: the resident list, passes, consent
 * - `wire`: inputs, outputs, devices, configuration
 * - `accounts`: accounts, sessions and the journal of who entered
 * - `own`: leave, change one's own secret
 */
export type Right =
  | "ask"
  | "look"
  | "rescue"
  | "watch"
  | "operate"
  | "figures"
  | "people"
  | "wire"
  | "accounts"
  | "own";

/** Every right, and whose it is. An order that isn't rescue needs `operate`. */
export const RIGHTS: Readonly<Record<Right, readonly Rank[]>> = {
  ask: ["stranger", "booth", "machine", "guard", "clerk", "technician", "admin"],
  look: ["booth", "machine", "guard", "clerk", "technician", "admin"],
  rescue: ["booth", "guard", "clerk", "technician", "admin"],
  watch: ["machine", "guard", "clerk", "technician", "admin"],
  operate: ["guard", "technician", "admin"],
  figures: ["machine", "clerk", "technician", "admin"],
  people: ["clerk", "admin"],
  wire: ["technician", "admin"],
  accounts: ["admin"],
  own: ["guard", "clerk", "technician", "admin"],
};

export function may(rank: Rank, right: Right): boolean {
  return RIGHTS[right].includes(rank);
}

/** All that a rank may do, in the table's order. */
export function rightsOf(rank: Rank): readonly Right[] {
  const all: readonly Right[] = [
    "ask",
    "look",
    "rescue",
    "watch",
    "operate",
    "figures",
    "people",
    "wire",
    "accounts",
    "own",
  ];
  return all.filter((right) => may(rank, right));
}

/** Whether an order is one that waits for no password: it stops, or it lets everybody out. */
export function isRescue(order: string): boolean {
  return order === "stop" || order === "emergency";
}
