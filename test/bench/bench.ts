import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { top } from "../whole/place.ts";
import { baseline, gate, TERMINALS } from "./contenders.ts";
import { firstDecision, latency, spread, throughput } from "./driver.ts";
import { wander } from "./people.ts";
import { openBay } from "./running.ts";
const results = join(top, "bench-results");
const cache = join(results, "people");
mkdirSync(cache, { recursive: true });
const bay = openBay(results);
try {
  const setting = { bay, cache };
  const P = 100_000;
  const all = [
    await baseline(setting, "echo", { script: "echo.mjs", people: P }),
    await gate(setting, "gate", { link: "mosquitto", people: P }),
    await gate(setting, "gate-embedded", { link: "embedded", people: P }),
    await baseline(setting, "minimal", { script: "minimal.mjs", people: P, mode: "open-first" }),
  ];
  for (const one of all) {
    const at = await firstDecision(one.access, { terminals: 1, customId: wander(P), withinMs: 8000 });
    console.log(one.name, "first", at === undefined ? one.program.printed() : at - one.program.startedAt, one.program.memoryMb());
  }
  await new Promise((r) => setTimeout(r, 1500));
  for (let round = 0; round < 2; round++)
    for (const one of all) {
      const before = one.rows() ?? 0;
      const l = await latency(one.access, { terminals: TERMINALS, perSecond: 50, seconds: 4, customId: wander(P), acknowledged: one.answered === "PushAck" });
      console.log(one.name, spread(l.relay), "gap", spread(l.gap), l.unanswered, (one.rows() ?? 0) - before);
    }
  for (const one of all) {
    const before = one.rows() ?? 0;
    const t = await throughput(one.access, { publishers: 20, inFlight: 50, total: 20000, customId: wander(P), answered: one.answered });
    console.log(one.name, t, (one.rows() ?? 0) - before, one.program.memoryMb());
  }
} finally {
  await bay.clear();
}
