/** Who may do what: the whole table written a second time, by hand. */
import { describe, expect, it } from "vitest";
import { isRescue, may, type Rank, RIGHTS, type Right, ROLES, rightsOf } from "../../src/core/roles.ts";

const RANKS: readonly Rank[] = ["stranger", "booth", "machine", "guard", "clerk", "technician", "admin"];
//                     stranger booth machine guard clerk technician admin
const TABLE: Readonly<Record<Right, string>> = {
  ask: /*       */ "yyyyyyy",
  look: /*      */ "-yyyyyy",
  rescue: /*    */ "-y-yyyy",
  watch: /*     */ "--yyyyy",
  operate: /*   */ "---y-yy",
  figures: /*   */ "--y-yyy",
  people: /*    */ "----y-y",
  wire: /*      */ "-----yy",
  accounts: /*  */ "------y",
  own: /*       */ "---yyyy",
};

const CASES = Object.entries(TABLE).flatMap(([right, marks]) =>
  RANKS.map((rank, i) => [rank, right, marks[i] === "y"] as const),
);

describe("a rank has a right", () => {
  it.each(CASES)("%s, %s: %s", (rank, right, expected) => {
    const found = rightsOf(rank).some((one) => one === right);
    expect(found).toBe(expected);
    for (const one of rightsOf(rank)) expect(may(rank, one)).toBe(true);
  });

  it("every right has its row here, and every role is a rank", () => {
    expect(Object.keys(RIGHTS).toSorted()).toEqual(Object.keys(TABLE).toSorted());
    for (const role of ROLES) expect(RANKS).toContain(role);
  });
});

it.each([
  ["stop", true],
  ["emergency", true],
  ["emergency-end", false],
  ["open", false],
  ["close", false],
  ["lock-open", false],
  ["lock-down", false],
  ["release", false],
])("%s waits for no password: %s", (order, expected) => expect(isRescue(order)).toBe(expected));
