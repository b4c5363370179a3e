import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "..", "..", "dist", "gatepost.cjs");
const gatepost = (...args: readonly string[]) =>
  execFileSync(process.execPath, [program, ...args], { encoding: "utf8", env: { ...process.env, LANG: "C" } });
/** Each verb, as the help names it. */
const verbs = [...gatepost("--help", "--lang", "en").matchAll(/^ {2}(\w+) {3,}/gm)].map((found) => found[1] ?? "");

describe("the man page", () => {
  const page = gatepost("manual", "man");

  it("has every verb with its usage and options, and no line that would be a request by accident", () => {
    expect(verbs).toContain("manual");
    for (const verb of verbs) expect(page).toMatch(new RegExp(`^\\.SS gatepost ${verb}`, "m"));
    for (const found of gatepost("check", "--help").matchAll(/--([a-z-]+)/g))
      expect(page).toContain(`\\-\\-${(found[1] ?? "").replaceAll("-", "\\-")}`);
    const requests = new Set([...page.matchAll(/^\.(\w+)/gm)].map((found) => found[1]));
    expect([...requests].sort()).toEqual(["B", "I", "PP", "SH", "SS", "TH", "TP"]);
    expect(gatepost("manual", "man", "--lang", "zh")).toContain(".SH 用法");
  });

  it.skipIf(spawnSync("man", ["--version"]).status !== 0)("is read by man without a complaint", () => {
    const read = spawnSync("man", ["--warnings", "-E", "UTF-8", "-l", "-"], { input: page, encoding: "utf8" });
    expect(read).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("the completion", () => {
  const completion = gatepost("manual", "bash");

  /** What bash would offer after these words, the last of which is being typed. */
  function offered(...line: readonly string[]): readonly string[] {
    const script = `eval "$1"; COMP_WORDS=(gatepost ${line.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${line.length}; _gatepost; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync("bash", ["-c", script, "bash", completion], { encoding: "utf8" });
    expect(ran.stderr).toBe("");
    return ran.stdout
      .trim()
      .split("\n")
      .filter((word) => word !== "");
  }

  it("offers verbs, a verb's own options, its parts, and fixed values", () => {
    expect(offered("")).toEqual(expect.arrayContaining([...verbs]));
    expect(offered("im")).toEqual(["import"]);
    expect(offered("check", "--s")).toEqual(["--strict"]);
    expect(offered("journal", "v")).toEqual(["verify"]);
    expect(offered("journal", "export", "--format", "")).toEqual(["jsonl", "csv"]);
    expect(offered("check", "--config", "")).toEqual([]);
  });
});
