/** Each measure of docs' table: runs it on the contenders in alternating rounds and writes its lines. */
import { closeSync, fdatasync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "../whole/place.ts";
import { type Contender, type Setting, TERMINALS } from "./contenders.ts";
import { firstDecision, latency, pictures, spread, throughput } from "./driver.ts";
import { atRest, openPage, taps } from "./page.ts";
import { wander } from "./people.ts";
import { type Report, type Rounds, range, roundsOf, times, us } from "./report.ts";
import { serialLatency } from "./serial.ts";

export interface Size {
  readonly rounds: number;
  readonly seconds: number;
  readonly flood: number;
  readonly serialTurns: number;
  readonly serialRounds: number;
  readonly taps: number;
  /** Readings of each sample. */
  readonly decodings: number;
}

const PER_SECOND = 50;

/** Start → first unlock command, asked each 10 ms. A contender that never answers is left out, with its last words. */
export async function starts(all: readonly Contender[], report: Report): Promise<readonly Contender[]> {
  const up: Contender[] = [];
  const took = new Map<string, number>();
  for (const one of all) {
    const at = await firstDecision(one.access, { terminals: 1, customId: wander(one.people), withinMs: 15_000 });
    if (at === undefined) {
      report.note(`${one.name} never answered and is left out: ${one.program.printed().slice(-400)}`);
      continue;
    }
    up.push(one);
    took.set(one.name, at - one.program.startedAt);
  }
  return up;
}

/** Start → first decision, each alone, `rounds` times. */
export async function startTimes(
  make: readonly { readonly who: string; readonly start: (round: number) => Promise<Contender> }[],
  rounds: number,
  report: Report,
): Promise<void> {
  const found = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const { who, start } of make) {
      const one = await start(round);
      const at = await firstDecision(one.access, { terminals: 1, customId: wander(one.people), withinMs: 15_000 });
      await one.program.stop();
      if (at === undefined) report.note(`${who} gave no first decision: ${one.program.printed().slice(-400)}`);
      else found.set(who, [...(found.get(who) ?? []), at - one.program.startedAt]);
    }
  }
  const middle = (who: string) => spread(found.get(who) ?? []).p50 / 1_000_000;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  for (const { who } of make) {
    const mine = found.get(who);
    if (mine === undefined) continue;
    const half = found.has("node-red") ? middle("node-red") / 2 : Number.POSITIVE_INFINITY;
    report.add({
      measure: "start → first decision",
      who,
      value: seconds(middle(who) * 1000),
      spread: range(mine, seconds),
      ...(who === "gate"
        ? { goal: "≤ 0.6 s and ≤ ½ Node-RED", reached: middle(who) <= 0.6 && middle(who) <= half }
        : {}),
    });
  }
}

export interface Floods {
  readonly perSecond: ReadonlyMap<string, number>;
}

/** Saturation, each row on the disk before its acknowledgement. */
export async function floods(
  all: readonly Contender[],
  size: Size,
  report: Report,
  label = "throughput, 20 × 50 in flight",
): Promise<Floods> {
  const found = new Map<string, number[]>();
  const rows = new Map<string, string>();
  for (let round = 0; round < size.rounds; round++) {
    for (const one of all) {
      const before = one.rows();
      const told = await throughput(one.access, {
        publishers: 20,
        inFlight: 50,
        total: size.flood,
        customId: wander(one.people),
        answered: one.answered,
      });
      found.set(one.name, [...(found.get(one.name) ?? []), told.perSecond]);
      const counted = await counts(one, before, size.flood);
      if (!rows.has(one.name) || !counted.same) rows.set(one.name, counted.text);
    }
  }
  const perSecond = new Map([...found].map(([who, each]) => [who, median(each)]));
  for (const one of all) {
    const each = found.get(one.name) ?? [];
    report.add({
      measure: label,
      who: one.name,
      value: `${median(each).toLocaleString("en")} /s`,
      spread: range(each, (value) => value.toLocaleString("en")),
      ...rowsOf(rows, one),
      ...floodGoal(one.name, perSecond),
    });
  }
  report.keep(label, Object.fromEntries(found));
  return { perSecond };
}

function floodGoal(who: string, perSecond: ReadonlyMap<string, number>) {
  const mine = perSecond.get(who) ?? 0;
  const red = perSecond.get("node-red") ?? 0;
  const python = perSecond.get("paho") ?? 0;
  const slow = perSecond.get("minimal-10ms");
  if (who === "gate-10ms" && slow !== undefined) return { goal: "≥ 40× row by row", reached: mine >= 40 * slow };
  if (who !== "gate" && who !== "gate-embedded") return {};
  const against = [
    ...(red === 0 ? [] : [`${(mine / red).toFixed(1)}× Node-RED`]),
    ...(python === 0 ? [] : [`${(mine / python).toFixed(1)}× Python`]),
  ];
  return {
    goal: `≥ 10,000/s, 4× Node-RED, 5× Python${against.length === 0 ? "" : ` (is ${against.join(", ")})`}`,
    reached: mine >= 10_000 && mine >= 4 * red && mine >= 5 * python,
  };
}

const median = (each: readonly number[]) => [...each].sort((a, b) => a - b)[Math.floor(each.length / 2)] ?? 0;

/** Rows found in its own file against events sent: the proof that all did the same job. */
async function counts(one: Contender, before: number | undefined, sent: number) {
  if (before === undefined) return { same: true, text: "" };
  await until(() => (one.rows() ?? 0) - before >= sent, 3_000).catch(() => undefined);
  const rows = (one.rows() ?? 0) - before;
  return { same: rows === sent, text: `${rows}/${sent}${rows === sent ? "" : " ✗"}` };
}

function rowsOf(rows: ReadonlyMap<string, string>, one: Contender) {
  const text = rows.get(one.name);
  return text === undefined || text === "" ? {} : { rows: text };
}

export interface Latencies {
  readonly relay: ReadonlyMap<string, Rounds>;
  readonly gap: ReadonlyMap<string, Rounds>;
}

/** Event → unlock command at 50/s, in alternating rounds. */
export async function latencies(
  all: readonly Contender[],
  size: Size,
  report: Report,
  suffix = "",
): Promise<Latencies> {
  const relay = new Map<string, (readonly number[])[]>();
  const gap = new Map<string, (readonly number[])[]>();
  const rows = new Map<string, string>();
  for (let round = 0; round < size.rounds; round++) {
    for (const one of all) {
      await atRest(one);
      const before = one.rows();
      const told = await latency(one.access, {
        terminals: TERMINALS,
        perSecond: PER_SECOND,
        seconds: size.seconds,
        customId: (i) => wander(one.people)(i + round * 1_000_003),
        acknowledged: one.answered === "PushAck",
      });
      relay.set(one.name, [...(relay.get(one.name) ?? []), told.relay]);
      gap.set(one.name, [...(gap.get(one.name) ?? []), told.gap]);
      const counted = await counts(one, before, told.sent);
      if (!rows.has(one.name) || !counted.same) rows.set(one.name, counted.text);
      if (told.unanswered > 0)
        report.note(`${one.name}: ${told.unanswered} of ${told.relay.length} openings unanswered`);
    }
  }
  const pooled = new Map([...relay].map(([who, samples]) => [who, roundsOf(samples)]));
  for (const one of all) {
    const mine = pooled.get(one.name);
    if (mine === undefined) continue;
    for (const which of ["p50", "p99"] as const) {
      report.add({
        measure: `event → relay at 50/s, ${which}${suffix}`,
        who: one.name,
        value: us(mine[which]),
        spread: range(
          mine.each.map((each) => each[which]),
          (value) => value.toLocaleString("en"),
        ),
        ...(which === "p50" ? rowsOf(rows, one) : {}),
        ...latencyGoal(one.name, which, pooled),
      });
    }
  }
  report.keep(`latency${suffix}`, Object.fromEntries(pooled));
  return { relay: pooled, gap: new Map([...gap].map(([who, samples]) => [who, roundsOf(samples)])) };
}

/** Ratio to another contender, round by round, since rounds next to each other met the same machine. */
function latencyGoal(who: string, which: "p50" | "p99", all: ReadonlyMap<string, Rounds>) {
  const mine = all.get(who);
  const echo = all.get("echo");
  if (mine === undefined) return {};
  if (echo !== undefined && who === "gate") {
    const most = which === "p50" ? 1.3 : 1.5;
    const ratio = mine[which] / echo[which];
    return { goal: `≤ ${most}× echo (is ${times(ratio)}${ratios(mine, echo, which)})`, reached: ratio <= most };
  }
  if (echo !== undefined && who === "gate-embedded") {
    const ratio = mine[which] / echo[which];
    return { goal: `< echo (is ${times(ratio)}${ratios(mine, echo, which)})`, reached: ratio < 1 };
  }
  const small = all.get("gate-1k");
  if (small !== undefined && who === "gate-1m" && which === "p50") {
    const ratio = mine.p50 / small.p50;
    return { goal: `≤ 1.05× gate-1k (is ${times(ratio)}${ratios(mine, small, which)})`, reached: ratio <= 1.05 };
  }
  return {};
}

function ratios(mine: Rounds, other: Rounds, which: "p50" | "p99"): string {
  const each = mine.each.map((one, i) => one[which] / (other.each[i]?.[which] ?? Number.NaN));
  const text = range(each, times);
  return text === "" ? "" : `; ${text}`;
}

/** ms that one disk sync takes here, at the pace of the events. */
export async function diskSyncs(dir: string, count: number): Promise<readonly number[]> {
  const sync = promisify(fdatasync);
  const fd = openSync(join(dir, "sync.probe"), "w");
  const block = Buffer.alloc(4096, 1);
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    writeSync(fd, block);
    const began = performance.now();
    await sync(fd);
    found.push(performance.now() - began);
    await new Promise((next) => setTimeout(next, 1000 / PER_SECOND));
  }
  closeSync(fd);
  return found;
}

export function gapLines(found: Latencies, syncs: readonly number[], report: Report): void {
  const sync = spread(syncs);
  report.add({
    measure: "one disk sync here, p99",
    who: "fdatasync of 4 kB",
    value: us(sync.p99),
    spread: `p50 ${us(sync.p50)}`,
  });
  for (const who of ["gate", "gate-embedded"]) {
    const gap = found.gap.get(who);
    if (gap === undefined) continue;
    report.add({
      measure: "relay → durable row, p99",
      who,
      value: us(gap.p99),
      spread: `p50 ${us(gap.p50)}`,
      goal: "≤ 2 disk syncs (p99)",
      reached: gap.p99 <= 2 * sync.p99,
    });
  }
}

/** The same event → relay while one terminal sends 2 MB pictures, against the same gate without. */
export async function withPictures(gate: Contender, quiet: Rounds, size: Size, report: Report): Promise<void> {
  await atRest(gate);
  const callOff = await pictures(gate.access, { terminal: TERMINALS - 1, bytes: 2_000_000, everyMs: 500 });
  try {
    const told = await latency(gate.access, {
      terminals: TERMINALS - 1,
      perSecond: PER_SECOND,
      seconds: size.seconds * size.rounds,
      customId: wander(gate.people),
      acknowledged: true,
    });
    const { p50, p99 } = spread(told.relay);
    report.add({
      measure: "event → relay beside 2 MB pictures, p99",
      who: gate.name,
      value: us(p99),
      spread: `p50 ${us(p50)}`,
      goal: `≤ 2× without (is ${times(p99 / quiet.p99)})`,
      reached: p99 <= 2 * quiet.p99,
    });
  } finally {
    await callOff();
  }
}

/** A guard's tap while 50 events a second go on. */
export async function tapsUnderLoad(gate: Contender, size: Size, report: Report): Promise<void> {
  await atRest(gate);
  const lanes = 8;
  const everyMs = 300; // a lane that is open already is not opened again
  const load = latency(gate.access, {
    terminals: TERMINALS - lanes,
    perSecond: PER_SECOND,
    seconds: Math.ceil((size.taps * everyMs) / 1000),
    customId: wander(gate.people),
    acknowledged: true,
  });
  const found = await taps(gate, { first: TERMINALS - lanes, lanes, count: size.taps, everyMs });
  await load;
  const { p50, p99, count } = spread(found);
  report.add({
    measure: "page: tap → relay under 50/s, p99",
    who: gate.name,
    value: us(p99),
    spread: `p50 ${us(p50)}, ${count} taps`,
    goal: "≤ 150 ms",
    reached: count === size.taps && p99 <= 150_000,
  });
}

/** Resident memory now, MB, with a page open where there is one. */
export async function memoryServing(all: readonly Contender[]): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const one of all) {
    const close = one.page === undefined ? () => undefined : await openPage(one.page);
    await new Promise((done) => setTimeout(done, 300));
    found.set(one.name, one.program.memoryMb());
    close();
  }
  return found;
}

/** The goal is a site's day, 50 events a second and a page open; what a flood leaves behind is told beside it. */
export function memory(
  all: readonly Contender[],
  found: Readonly<Record<"started" | "served" | "flooded", ReadonlyMap<string, number>>>,
  report: Report,
): void {
  for (const one of all) {
    const [started, served, flooded] = [found.started, found.served, found.flooded].map((each) => each.get(one.name));
    const ours = one.name === "gate" || one.name === "gate-embedded";
    report.add({
      measure: "memory: after start → after 50/s",
      who: one.name,
      value: `${started ?? "?"} → ${served ?? "?"} MB`,
      spread: `after the flood ${flooded ?? "?"} MB${ours ? "; page open, no uplink" : ""}`,
      ...(ours && served !== undefined ? { goal: "≤ 120 MB", reached: served <= 120 } : {}),
    });
  }
}

export async function serial(setting: Setting, size: Size, report: Report): Promise<void> {
  const found = await serialLatency(setting, size.serialTurns, size.serialRounds);
  const gate = spread(found.gate);
  const echo = spread(found.echo);
  for (const [who, one] of [
    ["pty echo", echo],
    ["gate", gate],
  ] as const) {
    report.add({
      measure: "serial frame → relay request, p99",
      who,
      value: us(one.p99),
      spread: `p50 ${us(one.p50)}, ${one.count} of ${found.sent}`,
      ...(who === "gate"
        ? {
            goal: `≤ 1.5× pty echo (is ${times(gate.p99 / echo.p99)}; p50 ${times(gate.p50 / echo.p50)})`,
            reached: gate.p99 <= 1.5 * echo.p99 && gate.count === found.sent,
          }
        : {}),
    });
  }
}
