/**
 * `npm run machine`: hardware in the loop. Our package on a bare Debian 13 in an emulated machine, a technician's session,
 * then boots, restarts, SIGKILLs and power cuts. What its outputs did is told by the kernel's own trace of the pins.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { built } from "../install/root.ts";
import { recordOf } from "../whole/load.ts";
import { freePort } from "../whole/place.ts";
import { storedRows } from "../whole/site.ts";
import { BLOWS, type Blow, type Outcome, openCampaign } from "./campaign.ts";
import { type Guest, openGuest } from "./guest.ts";
import { prepare } from "./image.ts";
import { risings } from "./pins.ts";
import { type Counted, report } from "./report.ts";
import { install } from "./session.ts";
import { makeStick, OUTPUTS } from "./site.ts";

const top = join(import.meta.dirname, "..", "..");
const number = { type: "string", default: "1" } as const;
const { values } = parseArgs({
  options: {
    boots: number,
    restarts: number,
    kills: number,
    cuts: number,
    nice: { type: "string", default: "0" },
    // Where the machine has a KVM that ordinary kernels live in.
    kvm: { type: "boolean", default: false },
    // Writes docs/generated/machine.md.
    record: { type: "boolean", default: false },
  },
});
const TIMES: Readonly<Record<Blow, number>> = {
  boot: Number(values.boots),
  restart: Number(values.restarts),
  kill: Number(values.kills),
  cut: Number(values.cuts),
};
const began = performance.now();
const say = (text: string) => console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${text}`);

const results = join(top, "bench-results", "machine");
mkdirSync(results, { recursive: true });
const dir = mkdtempSync(join(tmpdir(), "gatepost-machine-"));
let guest: Guest | undefined;
// An emulator would go on without us.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void guest?.cut().finally(() => process.exit(130)));
try {
  const image = prepare(results, say);
  const mqttPort = await freePort();
  const accel = values.kvm ? "kvm" : "tcg";
  const stick = makeStick(dir, built(top, join(dir, "deb")));
  guest = openGuest({ image, dir, stick, mqttPort, accel, nice: Number(values.nice) });
  say(`power on; the bare system answers after ${(await guest.powerOn()).toFixed(0)} s`);
  const session = await install(guest, mqttPort, say);

  const campaign = openCampaign(guest, mqttPort);
  const outcomes: Outcome[] = [];
  const under = { release: image.release, accel, nice: Number(values.nice) };
  // A run that is ended early leaves what it saw.
  const keep = (text: string) => writeFileSync(join(results, "machine.md"), text);
  keep(report({ session, outcomes, ...under }));
  for (const loaded of [true, false])
    for (const blow of BLOWS.filter((one) => TIMES[one] > 0)) {
      const one = await campaign.run(blow, TIMES[blow], loaded);
      outcomes.push(one);
      keep(report({ session, outcomes, ...under }));
      say(`${blow} × ${one.times}, ${loaded ? "with" : "without"} records: ${one.unordered} edges that nobody ordered`);
    }
  const verify = await guest.must("gatepost journal verify", 300);
  say(verify.trim());
  await guest.off();
  const counted = count(guest, [...session.acknowledged, ...campaign.acknowledged]);
  const text = report({ session, outcomes, end: { verify, counted }, ...under });
  keep(text);
  if (values.record) writeFileSync(join(top, "docs", "generated", "machine.md"), text);
  say(text.slice(text.indexOf("## Campaign")));
  const unordered = outcomes.reduce((sum, one) => sum + one.unordered, 0);
  const sound = unordered === 0 && counted.lost === 0 && counted.edges <= counted.moves && session.exposure <= 2.5;
  process.exitCode = sound ? 0 : 1;
} catch (cause) {
  const last = await guest?.sh("journalctl -b -u gatepost -u mosquitto -n 60 --no-pager", 120).catch(() => undefined);
  console.log(last?.out ?? "the machine answers no more");
  throw cause;
} finally {
  await guest?.cut();
  if (process.exitCode === 0) rmSync(dir, { recursive: true, force: true });
  else console.log(`What it left is in ${dir}`);
}

/** What the machine's disk holds, read here by SQLite itself after the power went off. */
function count(from: Guest, acknowledged: readonly string[]): Counted {
  const data = join(dir, "data");
  mkdirSync(data);
  for (const file of ["journal.sqlite", "journal.sqlite-wal"])
    execFileSync("debugfs", ["-R", `dump /var/lib/gatepost/${file} ${join(data, file)}`, join(dir, "disk")], {
      stdio: "ignore",
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
  const rows = storedRows({ dir });
  const kept = new Set(rows.map(({ open }) => recordOf(open)));
  return {
    rows: rows.length,
    moves: rows.filter(({ kind }) => kind === "move").length,
    edges: risings(from.pins(), OUTPUTS),
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((id) => !kept.has(id)).length,
  };
}
