import { createHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { openMetrics } from "../../src/adapters/metrics.ts";
import { openLoopLag } from "../../src/adapters/metrics-lag.ts";

it("tells decisions, latencies, links and lag with their units", async () => {
  const metrics = openMetrics("0.1.0");
  metrics.decided("granted", 0.0007);
  metrics.decided("credential-expired", 0.002);
  metrics.durableAfter(0.03);
  metrics.moved("main", "open", "done");
  metrics.passed("main", "in");
  metrics.alarmed("tailgate");
  metrics.ordered("open", "done");
  metrics.skipped("face-1", "JSON_INVALID", 3);
  metrics.fault("SERIAL_LOST");
  metrics.linkUp("face-1", true);
  metrics.linkUp("face-2", false);
  metrics.journalWaiting(4);
  metrics.journalSeq(99);
  metrics.whitelistSize(1200);
  metrics.alarmsStanding(1);
  metrics.clockTrust("holdover");
  metrics.pages(2, 1);
  const text = await metrics.text();
  for (const line of [
    'gatepost_decisions_total{reason="granted"} 1',
    'gatepost_decisions_total{reason="credential-expired"} 1',
    'gatepost_decision_seconds_bucket{le="0.001"} 1',
    "gatepost_decision_seconds_count 2",
    'gatepost_relay_to_durable_seconds_bucket{le="0.05"} 1',
    'gatepost_moves_total{lane="main",command="open",outcome="done"} 1',
    'gatepost_passages_total{lane="main",direction="in"} 1',
    'gatepost_alarms_total{alarm="tailgate"} 1',
    'gatepost_orders_total{order="open",outcome="done"} 1',
    'gatepost_frames_skipped_total{device="face-1",code="JSON_INVALID"} 3',
    'gatepost_faults_total{code="SERIAL_LOST"} 1',
    'gatepost_link_up{device="face-1"} 1',
    'gatepost_link_up{device="face-2"} 0',
    "gatepost_journal_waiting_rows 4",
    "gatepost_journal_seq 99",
    "gatepost_whitelist_credentials 1200",
    "gatepost_alarms_standing 1",
    "gatepost_clock_trust 1",
    "gatepost_page_streams 2",
    'gatepost_build_info{version="0.1.0"} 1',
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  expect(text).toMatch(/^gatepost_loop_lag_seconds\{quantile="0.99"\} \d/m);
  expect(text).toMatch(/^gatepost_memory_bytes \d{7,}/m);
  metrics.close();
});

it("two of them don't share counters", async () => {
  const first = openMetrics("1");
  const second = openMetrics("2");
  first.fault("PORT_BUSY");
  expect(await second.text()).not.toContain("PORT_BUSY");
  first.close();
  second.close();
});

it("lag is what comes on top of the 10 ms at which it is looked, and stands for a minute at least", () => {
  const made = [createHistogram(), createHistogram()];
  const watches = made.values();
  const lag = openLoopLag(() => {
    const next = watches.next().value ?? createHistogram();
    return {
      enable: () => true,
      disable: () => true,
      percentile: (percent) => next.percentile(percent),
      reset: () => next.reset(),
    };
  });
  const delays = (...ms: readonly number[]) => {
    for (const one of ms) for (const each of made) each.record(Math.round(one * 1e6));
  };
  const told = () => [50, 99, 100].map((percent) => Number(lag.at(percent).toFixed(3)));
  expect(told()).toEqual([0, 0, 0]);
  delays(9.9, 10.1, 10.1, 35, 210);
  // Whoever asks second is told the same.
  for (let asker = 0; asker < 2; asker++) expect(told()).toEqual([0, 0.2, 0.2]);
  lag.turn();
  expect(told()).toEqual([0, 0.2, 0.2]);
  delays(10, 10, 10, 12);
  lag.turn();
  expect(told()).toEqual([0, 0.002, 0.002]);
  lag.close();
});

it("two scrapers are told of the same standstill", async () => {
  const metrics = openMetrics("1");
  const longest = async () => Number(/lag_seconds\{quantile="1"\} (\S+)/.exec(await metrics.text())?.[1]);
  const until = performance.now() + 20_000;
  while ((await longest()) < 0.05 && performance.now() < until) {
    const still = performance.now() + 100;
    while (performance.now() < still);
    await sleep(30);
  }
  expect(await longest()).toBeGreaterThanOrEqual(0.05);
  expect(await longest()).toBeGreaterThanOrEqual(0.05);
  metrics.close();
});
