import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const top = join(import.meta.dirname, "..", "..");
const told = execFileSync(process.execPath, [join(top, ".ci", "licences.mjs"), "--print"], { encoding: "utf8" });

it("docs/generated/licences.md is what the lock file says", () => {
  expect(readFileSync(join(top, "docs/generated/licences.md"), "utf8")).toBe(told);
});

it("every package at a gate has a licence that we may pass on", () => {
  const [packages = ""] = told.split("## Install scripts");
  const found = new Set([...packages.matchAll(/^\| [^|]+ \| \d[^|]* \| ([^|]+) \|$/gm)].map((row) => row[1]));
  const known = ["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BlueOak-1.0.0"];
  const open = [...found].filter(
    (one) => !known.some((good) => one?.replaceAll(/[()]/g, "").split(" OR ").includes(good)),
  );
  expect(open).toEqual([]);
  expect(packages.split("\n").length).toBeGreaterThan(100);
});

it("the install scripts that may run are those with a reason, and no others", () => {
  const scripts = [
    ...(told.split("## Install scripts")[1] ?? "").matchAll(/^\| (\S+) \| (?:gate|development) \| \S/gm),
  ];
  const denied = [...(told.split("## Denied install scripts")[1] ?? "").matchAll(/^\| (@\S+) \| \S/gm)];
  expect(JSON.parse(readFileSync(join(top, "package.json"), "utf8"))).toMatchObject({
    allowScripts: Object.fromEntries([
      ...scripts.map(([, name]) => [name, true] as const),
      ...denied.map(([, name]) => [name, false] as const),
    ]),
  });
});

it("the lock file: exact versions, a hash of each package, and nothing but the npm registry", () => {
  const { packages } = JSON.parse(readFileSync(join(top, "package-lock.json"), "utf8"));
  const of = (path: string) => packages[path];
  const others = Object.keys(packages).filter((path) => path !== "");
  expect(others.length).toBeGreaterThan(300);
  expect(others.filter((path) => !/^sha512-[\w+/]{86}==$/.test(of(path).integrity ?? ""))).toEqual([]);
  const elsewhere = (from: string | undefined) => from !== undefined && !from.startsWith("https://registry.npmjs.org/");
  expect(others.filter((path) => of(path).link === true || elsewhere(of(path).resolved))).toEqual([]);
  const asked = { ...of("").dependencies, ...of("").devDependencies };
  expect(Object.entries(asked).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
});
