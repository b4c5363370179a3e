/** Counters and gauges for Prometheus. Labels are codes, lanes and devices; never a person, plate or card. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { ALARMS, DENIALS } from "../core/terms.ts";
import type { TerminalView } from "../shell/desk.ts";
import { openLoopLag } from "./metrics-lag.ts";

export interface Metrics {
  /** A decision and the seconds from the report's arrival to the relay's command. `reason` = a denial, or `granted`. */
  decided(reason: string, seconds: number): void;
  /** Seconds from the relay's command to the durable row (the "open first" gap). */
  durableAfter(seconds: number): void;
  moved(lane: string, command: string, outcome: string): void;
  passed(lane: string, direction: string): void;
  alarmed(alarm: string): void;
  ordered(order: string, outcome: string): void;
  /** A command of the platform, by kind (`unknown` where it can't be told) and the code of its answer. */
  commanded(kind: string, code: string): void;
  /** Bytes or frames that could not be read, by device and fault code. */
  skipped(device: string, code: string, count?: number): void;
  fault(code: string): void;
  linkUp(device: string, up: boolean): void;
  journalWaiting(rows: number): void;
  journalSeq(seq: number): void;
  whitelistSize(credentials: number): void;
  alarmsStanding(count: number): void;
  clockTrust(trust: "trusted" | "holdover" | "untrusted"): void;
  diskFree(bytes: number): void;
  pages(open: number, dropped: number): void;
  uplink(now: UplinkNumbers): void;
  /** Another entrance of the site; `ageSeconds` absent = not heard since this start. */
  peer(gate: string, up: boolean, ageSeconds: number | undefined): void;
  /** Own records of who is where that some entrance doesn't know yet. */
  sharingBacklog(records: number): void;
  /** What came on the gates' topics and was thrown away. */
  sharingRefused(why: string): void;
  /** The GA/T 1400 platform. */
  viid(now: UplinkNumbers & { readonly aside: number }): void;
  viidGivenUp(): void;
  /** How far its clock is ahead of ours, s. */
  viidClock(aheadSeconds: number): void;
  /** Terminals that our list is carried out in. */
  terminals(now: readonly Omit<TerminalView, "name">[]): void;
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>;
  close(): void;
}

export interface UplinkNumbers {
  /** Absent = there is no line: what waits is carried by hand. */
  readonly up?: boolean;
  readonly waiting: number;
  readonly ackedSeq: number;
  readonly ageSeconds: number;
}

const LATENCY_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const SYNC_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const TRUST = { untrusted: 0, holdover: 1, trusted: 2 } as const;

/** @param version of gatepost, shown in `gatepost_build_info`. */
export function openMetrics(version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name: `gatepost_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `gatepost_${name}`, help, labelNames: [...labelNames], registers });

  const decisions = counter("decisions_total", "Decisions by reason; granted or the denial", ["reason"]);
  const latency = new Histogram({
    name: "gatepost_decision_seconds",
    help: "From a report's arrival to the relay's command",
    buckets: LATENCY_S,
    registers,
  });
  const durable = new Histogram({
    name: "gatepost_relay_to_durable_seconds",
    help: "From the relay's command to its row being on the disk",
    buckets: SYNC_S,
    registers,
  });
  const moves = counter("moves_total", "Commands to barriers", ["lane", "command", "outcome"]);
  const passages = counter("passages_total", "Passages seen by loops and contacts", ["lane", "direction"]);
  const alarms = counter("alarms_total", "Alarms raised", ["alarm"]);
  const orders = counter("orders_total", "Orders by people and inputs", ["order", "outcome"]);
  const commands = counter("commands_total", "Commands of the platform, by what became of them", ["kind", "code"]);
  const frames = counter("frames_skipped_total", "Frames and messages that could not be read", ["device", "code"]);
  const faults = counter("faults_total", "Faults of the world outside", ["code"]);
  const links = gauge("link_up", "1 while the device's link is up", ["device"]);
  const waiting = gauge("journal_waiting_rows", "Rows kept in memory because the disk refuses");
  const seq = gauge("journal_seq", "Number of the newest row");
  const size = gauge("whitelist_credentials", "Credentials on the whitelist");
  const standing = gauge("alarms_standing", "Alarms that stand now");
  const trust = gauge("clock_trust", "0 untrusted, 1 holdover, 2 trusted");
  const free = gauge("disk_free_bytes", "Room on the data folder's disk");
  const streams = gauge("page_streams", "Open pages");
  const slow = gauge("page_streams_dropped", "Pages cut off since the start because they could not keep up");
  const platform = {
    up: gauge("uplink_up", "1 while the line to the platform is up"),
    waiting: gauge("uplink_backlog_rows", "Rows that the platform has not acknowledged"),
    acked: gauge("uplink_acked_seq", "Newest row that the platform has acknowledged, and all before it"),
    age: gauge("uplink_backlog_age_seconds", "How long the oldest row has waited"),
  };
  const entrances = {
    up: gauge("peer_up", "1 while that entrance hears us and we hear it", ["gate"]),
    age: gauge("peer_heard_seconds", "How long ago that entrance was heard", ["gate"]),
    backlog: gauge("sharing_backlog_records", "Own records of who is where that some entrance doesn't know yet"),
    refused: counter("sharing_refused_total", "Letters between entrances that were thrown away", ["why"]),
  };
  const gat1400 = {
    up: gauge("viid_up", "1 while we are registered at the GA/T 1400 platform"),
    waiting: gauge("viid_backlog_rows", "Rows that the GA/T 1400 platform has not taken"),
    acked: gauge("viid_acked_seq", "Newest row that the GA/T 1400 platform is done with, and all before it"),
    age: gauge("viid_backlog_age_seconds", "How long the oldest row has waited for the GA/T 1400 platform"),
    aside: gauge("viid_objects_aside", "Objects that the GA/T 1400 platform found wrong and is asked again about"),
    ahead: gauge("viid_clock_ahead_seconds", "The GA/T 1400 platform's clock against ours; advice"),
  };
  // A platform that isn't there has no line that is down: else every rule on it would stand at a gate that reports to nobody.
  for (const line of [platform.up, gat1400.up]) line.remove();
  const givenUp = counter("viid_objects_given_up_total", "Objects that the GA/T 1400 platform will not have", []);
  const faces = {
    step: gauge("terminal_in_step", "1 while the terminal holds what our list says", ["device"]),
    held: gauge("terminal_faces", "Faces that the terminal holds for sure", ["device"]),
    owed: gauge("terminal_owed", "Faces to add, change or remove that the terminal hasn't confirmed", [
      "device",
      "deed",
    ]),
    extra: gauge("terminal_faces_unwanted", "Faces that the terminal holds and shouldn't", ["device"]),
    lacking: gauge("terminal_pictures_lacking", "Additions that wait for a picture", ["device"]),
    refused: gauge("terminal_faces_refused", "Faces that the terminal wouldn't take", ["device"]),
    unagreed: gauge("terminal_faces_unagreed", "Faces kept out because no consent is recorded", ["device"]),
  };
  gauge("build_info", "Always 1", ["version"]).set({ version }, 1);
  gauge("start_time_seconds", "When this program started, Unix time as this machine had it").set(Date.now() / 1000);
  // What has never happened stands at 0: from nothing to 1 is no increase to Prometheus, and the first time would alert nobody.
  for (const alarm of ALARMS) alarms.inc({ alarm }, 0);
  for (const reason of ["granted", ...DENIALS]) decisions.inc({ reason }, 0);
  const close = watchProcess(registry);

  return {
    decided(reason, seconds) {
      decisions.inc({ reason });
      latency.observe(seconds);
    },
    durableAfter: (seconds) => durable.observe(seconds),
    moved: (lane, command, outcome) => moves.inc({ lane, command, outcome }),
    passed: (lane, direction) => passages.inc({ lane, direction }),
    alarmed: (alarm) => alarms.inc({ alarm }),
    commanded: (kind, code) => commands.inc({ kind, code }),
    ordered: (order, outcome) => orders.inc({ order, outcome }),
    skipped: (device, code, count = 1) => frames.inc({ device, code }, count),
    fault: (code) => faults.inc({ code }),
    linkUp: (device, up) => links.set({ device }, up ? 1 : 0),
    journalWaiting: (rows) => waiting.set(rows),
    journalSeq: (newest) => seq.set(newest),
    whitelistSize: (credentials) => size.set(credentials),
    alarmsStanding: (count) => standing.set(count),
    clockTrust: (level) => trust.set(TRUST[level]),
    diskFree: (bytes) => free.set(bytes),
    pages(open, dropped) {
      streams.set(open);
      slow.set(dropped);
    },
    uplink({ up, waiting, ackedSeq, ageSeconds }) {
      if (up !== undefined) platform.up.set(up ? 1 : 0);
      platform.waiting.set(waiting);
      platform.acked.set(ackedSeq);
      platform.age.set(ageSeconds);
    },
    peer(gate, up, ageSeconds) {
      entrances.up.set({ gate }, up ? 1 : 0);
      if (ageSeconds !== undefined) entrances.age.set({ gate }, ageSeconds);
    },
    sharingBacklog: (records) => entrances.backlog.set(records),
    sharingRefused: (why) => entrances.refused.inc({ why }),
    viid({ up, waiting, ackedSeq, ageSeconds, aside }) {
      if (up !== undefined) gat1400.up.set(up ? 1 : 0);
      gat1400.waiting.set(waiting);
      gat1400.acked.set(ackedSeq);
      gat1400.age.set(ageSeconds);
      gat1400.aside.set(aside);
    },
    viidGivenUp: () => givenUp.inc(),
    viidClock: (aheadSeconds) => gat1400.ahead.set(aheadSeconds),
    terminals(now) {
      for (const one of now) {
        const { device } = one;
        faces.step.set({ device }, one.inStep ? 1 : 0);
        faces.held.set({ device }, one.holds);
        for (const deed of ["add", "change", "remove"] as const) faces.owed.set({ device, deed }, one.owes[deed]);
        faces.extra.set({ device }, one.shouldNotHold);
        faces.lacking.set({ device }, one.lacking);
        faces.refused.set({ device }, one.refused);
        faces.unagreed.set({ device }, one.unagreed);
      }
    },
    text: () => registry.metrics(),
    close,
  };
}

/** Loop lag and memory, read when somebody asks; asking changes neither. */
function watchProcess(registry: Registry): () => void {
  const registers = [registry];
  const delay = openLoopLag();
  const lag: Gauge = new Gauge({
    name: "gatepost_loop_lag_seconds",
    help: "How late the event loop came to what was due, over the last one to two minutes",
    labelNames: ["quantile"],
    registers,
    collect() {
      for (const percent of [50, 99, 100]) lag.set({ quantile: String(percent / 100) }, delay.at(percent));
    },
  });
  const memory: Gauge = new Gauge({
    name: "gatepost_memory_bytes",
    help: "Resident memory",
    registers,
    collect: () => memory.set(process.memoryUsage.rss()),
  });
  return () => {
    delay.close();
    registry.clear();
  };
}
