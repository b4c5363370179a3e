/**
 * `npm run fleet`: thousands of gates' uplinks through the county's cluster into its database; one node dies in the middle
 * and comes back. Counted by the database itself: nothing missing, nothing twice.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBay } from "../bench/running.ts";
import { openCounty, until } from "./county.ts";
import { messagesIn, openGate } from "./gate.ts";

const top = join(import.meta.dirname, "..", "..");
const { values } = parseArgs({
  options: { gates: { type: "string", default: "2000" }, records: { type: "string", default: "60" } },
});
const GATES = Number(values.gates);
const ROWS = Number(values.records);
const KILLED = 1;
const began = Date.now();
const startMs = began - ROWS * 1_000;
const since = () => `${((Date.now() - began) / 1_000).toFixed(1).padStart(6)} s`;
const say = (text: string) => console.log(`${since()}  ${text}`);

const results = join(top, "bench-results");
mkdirSync(results, { recursive: true });
const place = mkdtempSync(join(tmpdir(), "gatepost-fleet-"));
const bay = openBay(place);
// PostgreSQL's own user must get there.
for (const folder of [place, bay.dir]) chmodSync(folder, 0o711);
let failed = false;
try {
  const county = await openCounty(top, bay);
  say("three nodes, balancer, database and receiver are up");
  const count = async (sql: string) => Number((await county.database.query(sql)).rows[0]?.n ?? 0);
  const stored = () => count("select count(*) n from record");

  const gates = Array.from({ length: GATES }, (_, n) => openGate(n, county.url, startMs));
  // What each has from before there was a line; the rest comes while it works.
  for (const gate of gates) gate.write(Math.floor(ROWS / 2));
  const expected = Array.from({ length: GATES }, (_, n) => messagesIn(n, ROWS)).reduce((sum, one) => sum + one, 0);
  await until("all gates connect", 120_000, async () => gates.every((gate) => gate.up()));
  say(`${GATES} gates are connected`);
  const firstAt = Date.now();
  await until("a fifth is stored", 600_000, async () => (await stored()) > expected / 5);

  county.kill(KILLED);
  say(`node n${KILLED} killed with ${await stored()} stored`);
  let rest = ROWS - Math.floor(ROWS / 2);
  const writing = setInterval(() => {
    const now = Math.min(rest, 3);
    rest -= now;
    if (now === 0) clearInterval(writing);
    for (const gate of gates) gate.write(now);
  }, 1_000);
  await until("three fifths are stored", 900_000, async () => (await stored()) > (expected * 3) / 5);
  county.revive(KILLED);
  say(`node n${KILLED} is back with ${await stored()} stored`);

  let shown = 0;
  await until("everything is stored", 1_800_000, async () => {
    const now = await stored();
    if (now - shown > expected / 10) {
      shown = now;
      say(`${now} of ${expected} stored`);
    }
    return now >= expected && gates.every((gate) => gate.waiting() === 0);
  });
  const seconds = (Date.now() - firstAt) / 1_000;
  // What was still under way may bring doubles: the database must not take them.
  const delivered = () => Number(/stored \d+ of (\d+)\s*$/.exec(county.receiver().printed())?.[1] ?? 0);
  const told = {
    gates: GATES,
    expected,
    stored: await stored(),
    missing: await count("select count(*) n from missing"),
    twice: await count(
      "select count(*) n from (select 1 from record group by site, gate, stream, seq having count(*) > 1) x",
    ),
    sitesComplete: await count(
      `select count(*) n from (select site from record group by site having max(seq) >= ${ROWS - 1}) x`,
    ),
    deliveredTwice: delivered() - expected,
    perSecond: Math.round(expected / seconds),
    seconds: Math.round(seconds),
  };
  for (const { sql, title } of panels()) {
    const { rowCount } = await county.database.query(sql);
    say(`dashboard: ${title}: ${rowCount} rows`);
  }
  console.table([told]);
  writeFileSync(join(results, "fleet.json"), `${JSON.stringify(told, null, 2)}\n`);
  failed = told.stored !== expected || told.missing !== 0 || told.twice !== 0 || told.sitesComplete !== GATES;
  await Promise.all(gates.map((gate) => gate.close()));
  await county.database.end();
} catch (cause) {
  failed = true;
  console.error(cause);
} finally {
  await bay.clear();
  rmSync(place, { recursive: true, force: true });
}
console.log(failed ? "NOT all there, or not once" : "all there, once");
process.exit(failed ? 1 : 0);

/** Each question of the dashboard, asked as Grafana would, with its time range filled in. */
function panels(): readonly { readonly title: string; readonly sql: string }[] {
  const dashboard: {
    panels: readonly { readonly title: string; readonly targets: readonly { readonly rawSql: string }[] }[];
  } = JSON.parse(readFileSync(join(top, "docs", "fleet", "grafana-county.json"), "utf8"));
  return dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ rawSql }) => ({
      title,
      sql: rawSql
        .replaceAll(/\$__timeFilter\((\w+)\)/g, "$1 > now() - interval '6 hours'")
        .replaceAll(/\$__timeGroupAlias\((\w+),\s*'?(\w+)'?\)/g, "date_trunc('minute', $1) as time"),
    })),
  );
}
