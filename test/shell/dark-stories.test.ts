/** A terminal that has gone dark, as stories: test/stories/readers. Each line: day, time of day, what happens. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { SitePlan } from "../../src/core/terms.ts";
import { type DarkWatch, openDarkWatch, type Seen } from "../../src/shell/dark-watch.ts";
import { handClock } from "./hand-clock.ts";

const MONDAY = Date.UTC(2026, 10, 2);
const HOUR = 3_600_000;
const folder = new URL("../stories/readers/", import.meta.url);
const POINT = {
  minConfidence: 0.8,
  liveness: "unless-silent",
  freshMs: 3_000,
  plateQuietMs: 0,
  plateMaxMs: 0,
  direction: "in",
} as const;
/** A lane for each reader, so that each has an alarm of its own. */
const READERS = ["face-in", "card-in"];
const PLAN: SitePlan = {
  id: "site",
  name: "site",
  lanes: [],
  accessPoints: READERS.map((reader) => ({ ...POINT, id: reader, lane: reader, readers: [reader] })),
  areas: [],
  accessLevels: [],
  timeProfiles: [],
  holidays: [],
  graceDays: 0,
};

/** The watch of one start after the other, over rows that are kept. */
function street() {
  const rows: Seen[] = [];
  const clock = handClock();
  let starts = 0;
  let dark = new Set<string>();
  let watch: DarkWatch | undefined;

  function start() {
    dark = new Set();
    const boot = `boot ${++starts}`;
    const earlier = [...rows];
    const one = openDarkWatch({
      plan: PLAN,
      atLeast: 5,
      boot,
      clock,
      conditions: {
        stands(_alarm, detail, lane) {
          if (detail === undefined) dark.delete(lane ?? "");
          else dark.add(detail);
        },
      },
      nameOf: (reader) => reader,
      recall() {
        for (const row of earlier) one.count(row);
      },
    });
    return one;
  }
  function write({ reader, ...row }: Pick<Seen, "kind" | "subject"> & { readonly reader?: string }): void {
    const { epochMs, trust } = clock.now().wall;
    const open = reader === undefined ? {} : { reader };
    const written = { boot: `boot ${starts}`, wallMs: epochMs, trust, open, ...row };
    rows.push(written);
    watch?.count(written);
  }
  return {
    clock,
    write,
    look: () => watch?.look(),
    restart() {
      watch = start();
      write({ kind: "start" });
    },
    dark: () => [...dark].join(" ") || "nobody",
  };
}

function tell(text: string): void {
  const gate = street();
  let now = MONDAY;
  let on = true;
  const to = (wallMs: number) => {
    for (; now < wallMs; now = Math.min(now + HOUR / 4, wallMs)) {
      gate.clock.setWall(now, gate.clock.now().wall.trust);
      if (!on) continue;
      gate.look();
      gate.write({ kind: "device" });
    }
    gate.clock.setWall(now, gate.clock.now().wall.trust);
  };
  gate.clock.setWall(MONDAY, "trusted");
  gate.restart();
  for (const line of text.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
    const [, day, hour, minute, what = ""] = /^(\d+) (\d\d):(\d\d) {2}(.*)$/.exec(line) ?? [];
    to(MONDAY + Number(day) * 24 * HOUR + Number(hour) * HOUR + Number(minute) * 60_000);
    const came = /^(\d+) at (\S+)$/.exec(what);
    if (came !== null)
      for (let n = 0; n < Number(came[1]); n++)
        gate.write({ kind: "decision", subject: "somebody", ...(came[2] === undefined ? {} : { reader: came[2] }) });
    else if (what === "off") on = false;
    else if (what === "on") {
      on = true;
      gate.restart();
    } else if (what === "no clock") gate.clock.setWall(now, "untrusted");
    else {
      gate.look();
      expect(`look -> ${gate.dark()}`, line).toBe(what);
    }
  }
}

it.each(readdirSync(folder))("%s", (name) => tell(readFileSync(new URL(name, folder), "utf8")));

it("strangers, records that were stored and readers of another gate are no recognitions", () => {
  const gate = street();
  gate.clock.setWall(MONDAY, "trusted");
  gate.restart();
  for (let n = 0; n < 20; n++) {
    gate.write({ kind: "decision", reader: "face-in" });
    gate.write({ kind: "history", reader: "face-in", subject: "somebody" });
    gate.write({ kind: "decision", reader: "elsewhere", subject: "somebody" });
  }
  for (let hour = 0; hour < 200; hour++) {
    gate.clock.setWall(MONDAY + hour * HOUR, "trusted");
    gate.look();
    expect(gate.dark()).toBe("nobody");
  }
});
