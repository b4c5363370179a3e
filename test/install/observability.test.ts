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
const board: { panels: readonly { targets: readonly { expr: string }[]; title: string }[] } = JSON.parse(dashboard);
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
];

describe("every metric and label that is asked for is told", () => {
  const metrics = openMetrics("0.1.0");
  let names: ReadonlySet<string> = new Set();
  let labels: ReadonlySet<string> = new Set();
  beforeAll(async () => {
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
    const lines = (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    names = new Set(lines.map((line) => line.split(/[{ ]/)[0] ?? ""));
    labels = new Set([
      "instance",
      "job",
      ...lines.flatMap((line) => [...line.matchAll(/[{,](\w+)="/g)].map((found) => found[1] ?? "")),
    ]);
  });
  afterAll(() => metrics.close());

  it.each([...new Set(expressions)])("%s", (expr) => {
    for (const name of expr.match(/gatepost_\w+/g) ?? ["up"]) expect(name === "up" || names.has(name), name).toBe(true);
    const asked = [...expr.matchAll(/[{,]\s*(\w+)\s*[!=]~?"/g), ...expr.matchAll(/by \(([^)]*)\)/g)];
    for (const found of asked)
      for (const label of (found[1] ?? "").split(/,\s*/)) expect(labels, label).toContain(label);
    for (const [, kinds = ""] of expr.matchAll(/alarm=~?"([^"]+)"/g))
      for (const kind of kinds.split("|")) expect(ALARMS).toContain(kind);
    expect(expr.split("(").length).toBe(expr.split(")").length);
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
