/** `npm run bench`: the built product beside what a site would use instead, in one run, with the goals. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { top } from "../whole/place.ts";
import { baseline, type Contender, gate, type Setting } from "./contenders.ts";
import { decoding } from "./decoding.ts";
import { type DrainSize, drain } from "./drain.ts";
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
import { PARTS, type Part, written } from "./record.ts";
import { openReport, type Report } from "./report.ts";
import { openBay } from "./running.ts";
import { guardsPage, type PageSize } from "./seen.ts";

const PEOPLE = 100_000;
const NODE_RED = "4.1.8";
interface Sizes extends Size {
  readonly page: PageSize;
  readonly drain: DrainSize;
}
const SIZES: Readonly<Record<"full" | "quick" | "tiny", Sizes>> = {
  full: {
    ...{ rounds: 7, seconds: 8, flood: 20_000, serialTurns: 5, serialRounds: 8, taps: 100, decodings: 400 },
    page: { turns: 4, taps: 50, loads: 15, streamSeconds: 20, tabs: 12 },
    drain: { passages: 60_000, turns: 8, seconds: 3 },
  },
  quick: {
    ...{ rounds: 2, seconds: 3, flood: 4_000, serialTurns: 2, serialRounds: 2, taps: 25, decodings: 40 },
    page: { turns: 2, taps: 25, loads: 6, streamSeconds: 6, tabs: 12 },
    drain: { passages: 30_000, turns: 6, seconds: 2 },
  },
  /** Only to see that all of it runs: says nothing about the product. */
  tiny: {
    ...{ rounds: 1, seconds: 1, flood: 400, serialTurns: 1, serialRounds: 1, taps: 4, decodings: 4 },
    page: { turns: 1, taps: 3, loads: 1, streamSeconds: 1, tabs: 12 },
    drain: { passages: 8_000, turns: 1, seconds: 1 },
  },
};

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    tiny: { type: "boolean" },
    json: { type: "string" },
    profile: { type: "boolean" },
    /** With --quick: HTTP push, OSDP and the uplink's drain, too. */
    links: { type: "boolean" },
    /** With --quick: the guard's page in Chromium, too. */
    page: { type: "boolean" },
    /** These parts alone, with commas: event, slow disk, page, uplink, links, start. */
    only: { type: "string" },
    /** Writes docs/performance.md. */
    record: { type: "boolean" },
  },
});
const results = join(top, "bench-results");
const sizes = values.tiny === true ? "tiny" : values.quick === true ? "quick" : "full";
const size = SIZES[sizes];
const short = sizes !== "full";

const wants = (part: Part): boolean => {
  if (values.only !== undefined) return values.only.split(",").includes(part);
  if (part === "page") return !short || values.page === true;
  if (part === "uplink") return !short || values.links === true;
  return true;
};

async function main(): Promise<void> {
  const load = loadavg()[0] ?? 0;
  const cache = join(results, "people");
  mkdirSync(cache, { recursive: true });
  const report = openReport();
  const bay = openBay(results);
  const stop = () => void bay.clear().finally(() => process.exit(130));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await parts({ bay, cache }, report);
  } finally {
    await bay.clear();
  }
  tell(report, load);
}

/** One after the other; what one of them throws leaves the others as they are. */
async function parts(setting: Setting, report: Report): Promise<void> {
  const compares = wants("event") || wants("start");
  const nodeRed = compares ? installNodeRed(report) : undefined;
  const python = compares && tries("/usr/bin/python3", "-c", "import paho.mqtt.client");
  if (compares && !python) report.note("Python left out: sudo apt-get install -y python3-paho-mqtt");
  const has = { nodeRed, python };
  let usual: number | undefined;
  const all: Readonly<Record<Part, () => Promise<void>>> = {
    async event() {
      usual = await events(setting, report, has);
    },
    "slow disk": () => slowDisk(setting, report, usual),
    page: () => guardsPage(setting, PEOPLE, size.page, report),
    uplink: () => drain(setting, PEOPLE, size.drain, report),
    links: () => links(setting, report),
    start: () => started(setting, report, has),
  };
  const left: Part[] = [];
  for (const part of Object.keys(PARTS)) {
    if (!isPart(part)) continue;
    if (!wants(part)) {
      left.push(part);
      continue;
    }
    step(PARTS[part].title);
    report.begin(part);
    await report.attempt(PARTS[part].title, all[part]);
  }
  if (left.length > 0) report.note(`not asked for in this run: ${left.join(", ")}`);
}

const isPart = (part: string): part is Part => part in PARTS;

interface Has {
  readonly nodeRed: string | undefined;
  readonly python: boolean;
}

const script = (setting: Setting, name: string, mode: "row-sync" | "open-first") =>
  baseline(setting, name, { script: "minimal.mjs", people: PEOPLE, mode });
const red = (setting: Setting, nodeRed: string, name = "node-red") =>
  baseline(setting, name, { script: "node-red.mjs", people: PEOPLE, nodeRed });
const paho = (setting: Setting, name = "paho") => baseline(setting, name, { script: "paho_sqlite.py", people: PEOPLE });

/** Returns the gate's usual p50, µs. */
async function events(setting: Setting, report: Report, has: Has): Promise<number | undefined> {
  const profiling = values.profile === true ? { nodeArgs: ["--cpu-prof", `--cpu-prof-dir=${results}`] } : {};
  const ours = (link: "mosquitto" | "embedded", name: string, people = PEOPLE) =>
    gate(setting, name, { link, people, ...(name === "gate" ? profiling : {}) });
  step("starting the contenders (lists of people are made on the first run)");
  const made: Contender[] = [
    await baseline(setting, "echo", { script: "echo.mjs", people: PEOPLE }),
    await ours("mosquitto", "gate"),
    await ours("embedded", "gate-embedded"),
    await ours("mosquitto", "gate-1k", 1_000),
    await ours("mosquitto", "gate-1m", 1_000_000),
    await script(setting, "minimal", "row-sync"),
    await script(setting, "minimal-open-first", "open-first"),
    ...(has.python ? [await paho(setting)] : []),
    ...(has.nodeRed === undefined ? [] : [await red(setting, has.nodeRed)]),
  ];
  try {
    return await compared(setting, await starts(made, report), report);
  } finally {
    for (const one of made) await one.program.stop();
  }
}

async function compared({ bay }: Setting, all: readonly Contender[], report: Report): Promise<number | undefined> {
  const before = new Map(all.map((one) => [one.name, one.program.memoryMb()]));
  step("latency");
  const found = await latencies(all, size, report);
  const served = await memoryServing(all);
  await report.attempt("relay → durable row", async () => gapLines(found, await diskSyncs(bay.dir, 150), report));
  const main_ = all.find((one) => one.name === "gate");
  const quiet = found.relay.get("gate");
  if (main_ !== undefined && quiet !== undefined) {
    step("pictures and taps");
    await report.attempt("event → relay beside 2 MB pictures", () => withPictures(main_, quiet, size, report));
    await report.attempt("page: tap → relay under 50/s", () => tapsUnderLoad(main_, size, report));
  }
  step("throughput");
  const flooded = all.filter((one) => one.name !== "gate-1k");
  await report.attempt("throughput", () => floods(flooded, size, report).then(() => undefined));
  await report.attempt("memory", async () =>
    memory(flooded, { started: before, served, flooded: await memoryServing(flooded) }, report),
  );
  return quiet?.p50;
}

async function started(setting: Setting, report: Report, { nodeRed, python }: Has): Promise<void> {
  const ours = (round: number) => gate(setting, `start-gate-${round}`, { link: "mosquitto", people: PEOPLE });
  await startTimes(
    [
      { who: "gate", start: ours },
      { who: "minimal", start: (round) => script(setting, `start-minimal-${round}`, "row-sync") },
      ...(python ? [{ who: "paho", start: (round: number) => paho(setting, `start-paho-${round}`) }] : []),
      ...(nodeRed === undefined
        ? []
        : [{ who: "node-red", start: (round: number) => red(setting, nodeRed, `start-red-${round}`) }]),
    ],
    Math.min(5, size.rounds),
    report,
  );
}

async function links(setting: Setting, report: Report): Promise<void> {
  step("serial");
  await report.attempt("serial frame → relay request", () => serial(setting, size, report));
  if (!short || values.links === true) {
    step("HTTP push and OSDP");
    await report.attempt("HTTP push and OSDP → relay request", () =>
      otherLinks(setting, size.serialTurns, size.serialRounds, report),
    );
  }
  step("decoding");
  await report.attempt("decoding", () => decoding(size.decodings, report));
}

async function slowDisk(setting: Setting, report: Report, usual: number | undefined): Promise<void> {
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

function tell(report: Report, load: number): void {
  const file = values.json === undefined ? join(results, "bench.json") : resolve(values.json);
  const about = {
    when: new Date().toISOString(),
    node: process.version,
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
    sizes,
    load,
    command: ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" "),
    seconds: Math.round((performance.now() - began) / 1000),
  };
  writeFileSync(file, report.json(about));
  console.log(`\n${report.text()}\n`);
  console.log(
    `${about.cpu}, Node ${about.node}, ${about.seconds} s, ${sizes}; ${report.missed.length} goals missed; ${file}`,
  );
  if (values.record !== true) return;
  const page = join(top, "docs", "performance.md");
  const measured = { ...about, lines: report.lines, notes: report.notes };
  writeFileSync(page, written(measured, existsSync(page) ? readFileSync(page, "utf8") : ""));
  console.log(`written: ${page}`);
}

await main();
