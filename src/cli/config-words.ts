/** What `gatepost config` says. */
import type { Change } from "../config/difference.ts";
import { USUAL_CONFIG } from "../config/environment.ts";
import { type Words, words } from "../config/problem.ts";
import { PARTS, type Part } from "../config/settings.ts";
import { type Lang, plain, say } from "./verb.ts";
import type { ConfigApplied, ConfigDiffed, ConfigStatus } from "./works.ts";

const STATES: Readonly<Record<ConfigStatus["is"], Words>> = {
  "in-force": words("门岗正在用这份配置", "The gate works by this configuration"),
  other: words("这份配置改过，还没有启用", "It was changed and isn't in force"),
  "stands-in": words(
    "这份配置有错，门岗按上一份好的运行：gatepost check",
    "It has errors; the gate works by the last good one: gatepost check",
  ),
  "not-running": words("没有门岗应答", "No gate answers"),
  "not-told": words("运行中的是旧版本，不说用的是哪一份", "An older version runs that doesn't say which it works by"),
};

export function statusText({ file, is, inForce, sha256, ready, why, offered }: ConfigStatus, lang: Lang): string {
  const lines = [`${plain(file)}: ${say(STATES[is], lang)}`];
  if (sha256 !== undefined) {
    const where = inForce === undefined ? say(words("这里没有这份文件", "in no file here"), lang) : plain(inForce);
    lines.push(`  ${say(words("正在用", "in force"), lang)}: ${where}  sha256 ${sha256}`);
  }
  if (ready === false) lines.push(`  ${say(words("没有就绪", "not ready"), lang)}: ${plain((why ?? []).join("; "))}`);
  if (offered !== undefined)
    lines.push(`  ${say(words("交来的一份", "handed in"), lang)}: ${plain(offered)}  (gatepost config diff)`);
  return `${lines.join("\n")}\n`;
}

const TITLES: Readonly<Record<Part, Words>> = {
  wires: words("接线：继电器、引脚、线路、地址、时间", "Wires: relays, pins, lines, addresses, times"),
  people: words("人员规则：谁、何时、从哪里通过", "People: who may pass where and when"),
  rest: words("其他", "The rest"),
};

/** A block for each part that has changes. */
export function diffText({ base, changes }: ConfigDiffed, lang: Lang): string {
  if (changes.length === 0) return `${say(words("没有不同", "No difference"), lang)}\n`;
  const blocks = PARTS.flatMap((part) => {
    const here = changes.filter((change) => change.part === part);
    return here.length === 0
      ? []
      : [`${say(TITLES[part], lang)}\n${here.map((one) => changeText(one, lang)).join("")}`];
  });
  const than = base === undefined ? [] : [`${say(words("与正在用的相比", "Compared with"), lang)}: ${plain(base)}\n`];
  return [...than, ...blocks].join("\n");
}

function changeText({ path, what, from, to }: Change, lang: Lang): string {
  const sign = from === undefined ? "+" : to === undefined ? "-" : "~";
  const meaning = what === undefined ? "" : `  ${say(what, lang)}`;
  const side = (value: Words | undefined) => (value === undefined ? "" : plain(say(value, lang)));
  const values = from === undefined || to === undefined ? side(from ?? to) : `${side(from)}\n    → ${side(to)}`;
  return `  ${sign} ${plain(path)}${meaning}\n      ${values}\n`;
}

interface Place {
  readonly configPath: string;
  /** Absent = gatepost, where the configuration is the usual one. */
  readonly unit?: string;
}

export function appliedText(applied: ConfigApplied, { configPath, unit }: Place, lang: Lang): string {
  const why = plain((applied.why ?? []).join("; "));
  return `${say(outcomeWords(applied, why, configPath, unit ?? (configPath === USUAL_CONFIG ? "gatepost" : undefined)), lang)}\n`;
}

function outcomeWords(
  { outcome, isBack, runs }: ConfigApplied,
  why: string,
  file: string,
  unit: string | undefined,
): Words {
  const begin = unit === undefined ? `gatepost start --config ${file}` : `sudo systemctl start ${unit}`;
  const look = `sudo systemctl status ${unit}`;
  switch (outcome) {
    case "errors":
      return words("有错误，没有改动", "It has errors; nothing was changed");
    case "same":
      return words("门岗正在用的就是这一份，没有改动", "It is in force already; nothing was changed");
    case "declined":
      return words("没有改动", "Nothing was changed");
    case "laid":
      if (runs === true)
        return words(
          `已放到 ${file}，还没有启用：请重启门岗，再看 gatepost config`,
          `Laid down as ${file}, not in force yet: restart the gate, then see gatepost config`,
        );
      return words(
        `已放到 ${file}；门岗没有运行：${begin}，再看 gatepost config`,
        `Laid down as ${file}; no gate runs: ${begin}, then see gatepost config`,
      );
    case "in-force":
      if (why !== "")
        return words(
          `已启用；门岗和之前一样没有就绪：${why}`,
          `In force; the gate isn't ready, as it wasn't before: ${why}`,
        );
      return words("已启用，门岗就绪", "In force, and the gate is ready");
    case "put-back":
      if (isBack === true)
        return words(`没有启用：${why}。已换回原来的配置`, `Not in force: ${why}. The one of before is back`);
      return words(
        `没有启用：${why}。原来的配置已放回，但门岗还没有应答：${look}`,
        `Not in force: ${why}. The one of before lies there again, but the gate doesn't answer: ${look}`,
      );
    case "stuck":
      return words(
        `没有启用：${why}。没有原来的配置可换回：${look}`,
        `Not in force: ${why}. There is none to go back to: ${look}`,
      );
  }
}
