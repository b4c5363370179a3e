/** `npm run bench`: the built product beside what a site would use instead, in one run, with the goals. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { top } from "../whole/place.ts";
import { baseline, type Contender, gate, type Setting } from "./contenders.ts";
import { decoding } from "./decoding.ts";
import { drain } from "./drain.ts";
import { otherLinks } from "./links.ts";
import {
  diskSyncs,
  floods,
  gapLines,
  latencies,
  memory,
  memoryServing,
  type Size,
  serial,
  starts,
  startTimes,
  tapsUnderLoad,
  withPictures,
} from "./measures.ts";
import { openReport, type Report } from "./report.ts";
import { openBay } from "./running.ts";

const PEOPLE = 100_000;
const NODE_RED = "4.1.8";
const FULL: Size = { rounds: 7, seconds: 8, flood: 20_000, serialTurns: 5, serialRounds: 8, taps: 100, decodings: 400 };
const QUICK: Size = { rounds: 2, seconds: 3, flood: 4_000, serialTurns: 2, serialRounds: 2, taps: 25, decodings: 40 };

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    json: { type: "string" },
    profile: { type: "boolean" },
    /** Leaves out the contenders: serial, HTTP, OSDP and decoding alone. */
    links: { type: "boolean" },
  },
});
const results = join(top, "bench-results");

async function main(): Promise<void> {
  const size = values.quick === true ? QUICK : FULL;
  const cache = join(results, "people");
  mkdirSync(cache, { recursive: true });
  const report = openReport();
  const nodeRed = values.links === true ? undefined : installNodeRed(report);
  const python = tries("/usr/bin/python3", "-c", "import paho.mqtt.client");
  if (!python) report.note("Python left out: sudo apt-get install -y python3-paho-mqtt");
  const bay = openBay(results);
  const stop = () => void bay.clear().finally(() => process.exit(130));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    if (values.links === true) await links({ bay, cache }, size, report);
    else await run({ bay, cache }, size, report, { nodeRed, python });
  } finally {
    await bay.clear();
  }
  tell(report);
}

async function run(
  setting: Setting,
  size: Size,
  report: Report,
  has: { readonly nodeRed: string | undefined; readonly python: boolean },
): Promise<void> {
  const { bay } = setting;
  const profiling = values.profile === true ? { nodeArgs: ["--cpu-prof", `--cpu-prof-dir=${results}`] } : {};
  const ours = (link: "mosquitto" | "embedded", name: string, people = PEOPLE) =>
    gate(setting, name, { link, people, ...(name === "gate" ? profiling : {}) });
  const script = (name: string, mode: "row-sync" | "open-first") =>
    baseline(setting, name, { script: "minimal.mjs", people: PEOPLE, mode });
  const red = (nodeRed: string, name = "node-red") =>
    baseline(setting, name, { script: "node-red.mjs", people: PEOPLE, nodeRed });
  const paho = (name = "paho") => baseline(setting, name, { script: "paho_sqlite.py", people: PEOPLE });

  step("starting the contenders (lists of people are made on the first run)");
  const made: Contender[] = [
    await baseline(setting, "echo", { script: "echo.mjs", people: PEOPLE }),
    await ours("mosquitto", "gate"),
    await ours("embedded", "gate-embedded"),
    await ours("mosquitto", "gate-1k", 1_000),
    await ours("mosquitto", "gate-1m", 1_000_000),
    await script("minimal", "row-sync"),
    await script("minimal-open-first", "open-first"),
    ...(has.python ? [await paho()] : []),
    ...(has.nodeRed === undefined ? [] : [await red(has.nodeRed)]),
  ];
  const all = await starts(made, report);
  const before = new Map(all.map((one) => [one.name, one.program.memoryMb()]));

  step("latency");
  const found = await latencies(all, size, report);
  const served = await memoryServing(all);
  gapLines(found, await diskSyncs(bay.dir, 150), report);
  const main_ = all.find((one) => one.name === "gate");
  const quiet = found.relay.get("gate");
  if (main_ !== undefined && quiet !== undefined) {
    step("pictures and taps");
    await withPictures(main_, quiet, size, report);
    await tapsUnderLoad(main_, size, report);
  }
  step("throughput");
  const flooded = all.filter((one) => one.name !== "gate-1k");
  await floods(flooded, size, report);
  memory(flooded, { started: before, served, flooded: await memoryServing(flooded) }, report);
  for (const one of all) await one.program.stop();

  step("a disk whose sync takes 10 ms");
  await slowDisk(setting, size, report, found.relay.get("gate")?.p50);
  if (values.quick === true) report.note("left out of --quick: the uplink's drain, HTTP push and OSDP (-- --links)");
  else {
    step("uplink");
    await drain(setting, PEOPLE, size, report);
  }
  await links(setting, size, report);
  step("start");
  const nodeRed = has.nodeRed;
  await startTimes(
    [
      { who: "gate", start: (round) => ours("mosquitto", `start-gate-${round}`) },
      { who: "minimal", start: (round) => script(`start-minimal-${round}`, "row-sync") },
      ...(has.python ? [{ who: "paho", start: (round: number) => paho(`start-paho-${round}`) }] : []),
      ...(nodeRed === undefined
        ? []
        : [{ who: "node-red", start: (round: number) => red(nodeRed, `start-red-${round}`) }]),
    ],
    Math.min(5, size.rounds),
    report,
  );
}

async function links(setting: Setting, size: Size, report: Report): Promise<void> {
  step("serial");
  await serial(setting, size, report);
  if (values.quick !== true || values.links === true) {
    step("HTTP push and OSDP");
    await otherLinks(setting, size.serialTurns, size.serialRounds, report);
  }
  step("decoding");
  decoding(size.decodings, report);
}

async function slowDisk(setting: Setting, size: Size, report: Report, usual: number | undefined): Promise<void> {
  const preload = join(setting.bay.dir, "slow-disk.so");
  if (!tries("gcc", "-shared", "-fPIC", "-O2", "-o", preload, join(top, "test/bench/slow-disk.c"), "-ldl")) {
    report.note("10 ms disk left out: sudo apt-get install -y gcc libc6-dev");
    return;
  }
  const all = await starts(
    [
      await gate(setting, "gate-10ms", { link: "mosquitto", people: PEOPLE, preload }),
      await baseline(setting, "minimal-10ms", { script: "minimal.mjs", people: PEOPLE, mode: "row-sync", preload }),
    ],
    report,
  );
  const found = await latencies(all, { ...size, rounds: Math.min(3, size.rounds) }, report, ", 10 ms disk");
  const slow = found.relay.get("gate-10ms")?.p50;
  if (slow !== undefined && usual !== undefined) {
    report.add({
      measure: "event → relay, 10 ms disk against this one, p50",
      who: "gate",
      value: `${(slow / usual).toFixed(2)}×`,
      goal: "unchanged (≤ 1.15×)",
      reached: slow / usual <= 1.15,
    });
  }
  await floods(all, { ...size, rounds: 1, flood: 1_000 }, report, "throughput, 10 ms disk");
  for (const one of all) await one.program.stop();
}

/** Installs Node-RED apart, pinned, once. Returns its folder, or undefined when there is no way to get it. */
function installNodeRed(report: Report): string | undefined {
  const dir = join(results, `node-red-${NODE_RED}`);
  if (existsSync(join(dir, "node_modules", "node-red", "package.json"))) return dir;
  step(`installing node-red@${NODE_RED} into bench-results/`);
  mkdirSync(dir, { recursive: true });
  const done = tries(
    "npm",
    "install",
    "--prefix",
    dir,
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    `node-red@${NODE_RED}`,
  );
  if (done) return dir;
  report.note(`Node-RED left out: npm install node-red@${NODE_RED} didn't succeed (no network?)`);
  return undefined;
}

function tries(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore", timeout: 180_000, cwd: results });
    return true;
  } catch {
    return false;
  }
}

const began = performance.now();
const step = (text: string) => console.log(`[${((performance.now() - began) / 1000).toFixed(0)} s] ${text}`);

function tell(report: Report): void {
  const file = values.json === undefined ? join(results, "bench.json") : resolve(values.json);
  const about = {
    when: new Date().toISOString(),
    node: process.version,
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
    quick: values.quick === true,
    seconds: Math.round((performance.now() - began) / 1000),
  };
  writeFileSync(file, report.json(about));
  console.log(`\n${report.text()}\n`);
  console.log(
    `${about.cpu}, Node ${about.node}, ${about.seconds} s${about.quick ? ", quick" : ""}; ${report.missed.length} goals missed; ${file}`,
  );
}

await main();
