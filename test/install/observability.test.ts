import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { openMetrics } from "../../src/adapters/metrics.ts";
import { catalogue } from "../../src/cli/catalogue.ts";
import { ALARMS } from "../../src/core/terms.ts";

const docs = join(import.meta.dirname, "..", "..", "docs");
const dashboard = readFileSync(join(docs, "observability", "grafana-gatepost.json"), "utf8");
const rulesText = readFileSync(join(docs, "observability", "alerts.yaml"), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
const { groups }: { groups: readonly { readonly rules: readonly Rule[] }[] } = parse(rulesText);
const rules = groups.flatMap((group) => group.rules);
interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}
const board: { panels: readonly { targets: readonly Target[]; title: string }[] } = JSON.parse(dashboard);
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
];

describe("every metric and label that is asked for is told", () => {
  const metrics = openMetrics("0.1.0");
  let labelsOf: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  let fresh = "";
  /** Those of Prometheus itself, and of every metric that is asked for here. */
  const labelsIn = (expr: string): ReadonlySet<string> =>
    new Set([
      "instance",
      "job",
      ...(expr.match(/gatepost_\w+/g) ?? []).flatMap((name) => [...(labelsOf.get(name) ?? [])]),
    ]);
  beforeAll(async () => {
    fresh = await metrics.text();
    metrics.decided("granted", 0.001);
    metrics.durableAfter(0.01);
    metrics.moved("l", "open", "done");
    metrics.passed("l", "in");
    metrics.alarmed("tailgate");
    metrics.skipped("d", "c");
    metrics.fault("PORT_BUSY");
    metrics.linkUp("d", true);
    const owes = { add: 0, change: 0, remove: 1 };
    const none = { holds: 1, uncertain: 0, lacking: 0, refused: 0, unagreed: 0 };
    metrics.terminals([{ device: "d", ...none, owes, shouldNotHold: 1, inStep: false }]);
    metrics.peer("north", true, 1);
    metrics.uplink({ up: true, waiting: 0, ackedSeq: 1, ageSeconds: 0 });
    metrics.viid({ up: true, waiting: 0, ackedSeq: 1, ageSeconds: 0, aside: 0 });
    const lines = (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    labelsOf = new Map(
      lines.map((line) => [
        line.split(/[{ ]/)[0] ?? "",
        new Set([...line.matchAll(/[{,](\w+)="/g)].map((found) => found[1] ?? "")),
      ]),
    );
  });
  afterAll(() => metrics.close());

  it.each([...new Set(expressions)])("%s", (expr) => {
    for (const name of expr.match(/gatepost_\w+/g) ?? []) expect(labelsOf.has(name), name).toBe(true);
    const asked = [...expr.matchAll(/[{,]\s*(\w+)\s*[!=]~?"/g), ...expr.matchAll(/by \(([^)]*)\)/g)];
    for (const found of asked)
      for (const label of (found[1] ?? "").split(/,\s*/)) expect(labelsIn(expr)).toContain(label);
    for (const [, kinds = ""] of expr.matchAll(/alarm=~?"([^"]+)"/g))
      for (const kind of kinds.split("|")) expect(ALARMS).toContain(kind);
    expect(expr.split("(").length).toBe(expr.split(")").length);
  });

  it("what a panel or a rule names of a series is left of it", () => {
    const told = [
      ...board.panels.flatMap(({ targets }) => targets.map((one) => [one.expr, one.legendFormat] as const)),
      ...rules.map(({ expr, annotations }) => [expr, Object.values(annotations).join()] as const),
    ];
    for (const [expr, words] of told) {
      const [, by] = /by \(([^)]*)\)/.exec(expr) ?? [];
      const left = by === undefined ? labelsIn(expr) : new Set(by.split(/,\s*/));
      for (const [, label = ""] of words.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g))
        expect(left, `${label} in ${expr}`).toContain(label);
    }
  });

  it("what a rule counts stands at 0 from the start: else the first time is no increase", () => {
    for (const { expr } of rules)
      for (const [, name = "", label = "", values = ""] of expr.matchAll(/increase\((\w+)\{(\w+)=~?"([^"]+)"\}/g))
        for (const value of values.split("|")) expect(fresh).toContain(`\n${name}{${label}="${value}"} 0\n`);
  });

  it("the platform's line has rules and panels; a gate without one, or whose stick is carried, tells of no line that is down", async () => {
    const all = expressions.join("\n");
    for (const name of ["up", "backlog_rows", "backlog_age_seconds"]) {
      expect(all).toContain(`gatepost_uplink_${name}`);
      expect(all).toContain(`gatepost_viid_${name}`);
    }
    expect(rules.map(({ expr }) => expr).join()).toContain('alarm="platform-behind"');
    const carries = openMetrics("0.1.0");
    carries.uplink({ waiting: 40, ackedSeq: 1, ageSeconds: 60 });
    const carried = await carries.text();
    carries.close();
    for (const text of [fresh, carried]) expect(text).not.toMatch(/^gatepost_(?:uplink|viid)_up /m);
    expect(carried).toMatch(/^gatepost_uplink_backlog_rows 40$/m);
  });

  it("one restart is one, however many reasons there were", () => {
    expect(rules.find(({ alert }) => alert === "GatepostRestarts")?.expr).not.toContain("sum");
    expect(fresh).toMatch(/^gatepost_start_time_seconds \d{10}/m);
  });
});

it("rules have names of their own, a severity, and say in both languages what to do", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { labels, annotations } of rules) {
    expect(["warning", "critical"]).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\p{Script=Han}.* \/ [A-Z]/u);
    expect(annotations.description).toContain(" / ");
  }
});

it("docs/generated/codes.md is what the code's tables say", () => {
  expect(readFileSync(join(docs, "generated", "codes.md"), "utf8")).toBe(catalogue());
});
