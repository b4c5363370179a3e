import { expect, it } from "vitest";
import { edges, risings } from "./pins.ts";

const TRACE = `boot 512
           <...>-267     [000] .....    98.847451: gpio_value: 512 set 0
           <...>-267     [000] .....    98.851400: gpio_direction: 512 out (0)
 gatepost-keeper-268     [001] .....    99.000000: gpio_value: 513 get 1
 gatepost-keeper-268     [001] .....    99.100000: gpio_value: 512 set 1
 gatepost-keeper-268     [001] .....    99.100100: gpio_value: 512 set 1
 gatepost-keeper-268     [001] .....    99.600000: gpio_value: 512 set 0
 gatepost-keeper-268     [001] .....    99.700000: gpio_value: 515 set 1
boot 512
           <...>-201     [000] .....     7.000000: gpio_value: 515 set 0
           <...>-201     [000] .....     8.000000: gpio_value: 515 set 1
`;

it("tells changes of level from lines that are claimed at rest, over boots", () => {
  expect(edges(TRACE)).toEqual([
    { boot: 1, line: 0, level: 1, at: 99.1 },
    { boot: 1, line: 0, level: 0, at: 99.6 },
    { boot: 1, line: 3, level: 1, at: 99.7 },
    { boot: 2, line: 3, level: 1, at: 8 },
  ]);
  expect([risings(TRACE, [0]), risings(TRACE, [3]), risings(TRACE, [0, 3])]).toEqual([1, 2, 3]);
});
