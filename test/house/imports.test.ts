// Who may import whom (design.md, section 4): core nothing; decode, config, shell import core; adapters decode,
// shell/ports and core, never each other's files of another thing; only main and cli see everything.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { expect, it } from "vitest";

const top = join(import.meta.dirname, "..", "..");
const src = join(top, "src");

/** Part of the house → what it may import: parts, files, and packages (a package name or `node:`). */
const MAY: Readonly<
  Record<string, { readonly parts: readonly string[]; readonly packages: readonly string[] | "any" }>
> = {
  core: { parts: ["core"], packages: [] },
  decode: { parts: ["core", "decode"], packages: ["zod"] },
  config: { parts: ["core", "decode/terms.ts", "decode/profile.ts", "config"], packages: ["zod", "yaml", "node:"] },
  shell: { parts: ["core", "decode", "shell"], packages: [] },
  // The county's contract and what is made of it: pure but for the ports it is handed; zod is its form.
  uplink: { parts: ["core", "shell/ports.ts", "uplink"], packages: ["zod"] },
  adapters: {
    parts: [
      "core",
      "decode",
      "shell/ports.ts",
      "shell/desk.ts",
      "shell/accounts.ts",
      "shell/bench.ts",
      "shell/impact.ts",
      "shell/register.ts",
      "shell/workshop.ts",
      "adapters",
    ],
    packages: "any",
  },
  web: {
    parts: [
      "web",
      "core/terms.ts",
      "core/pages.ts",
      "core/roles.ts",
      "core/reasons.ts",
      "core/account-names.ts",
      "core/access-words.ts",
      "shell/desk.ts",
      "shell/accounts.ts",
      "shell/bench.ts",
      "shell/impact.ts",
      "shell/register.ts",
      "shell/workshop.ts",
      "core/face-filing.ts",
      "core/impact.ts",
      "core/words.ts",
      "core/traffic-told.ts",
      "core/traffic-table.ts",
      "core/traffic-terms.ts",
      "core/traffic-words.ts",
    ],
    packages: ["preact", "@preact/signals", "uplot"],
  },
  simulator: { parts: ["core", "decode", "simulator"], packages: "any" },
  cli: {
    parts: [
      "core",
      "decode",
      "config",
      "shell",
      "adapters",
      "simulator",
      "uplink",
      "cli",
      "main.ts",
      "main-carry.ts",
      "main-commands.ts",
      "main-erase.ts",
      "main-platforms.ts",
      "main-uplink.ts",
      "main-page.ts",
      "main-terminals.ts",
    ],
    packages: "any",
  },
};

function files(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:import|export) (?:[^;'"]*? from )?"([^"]+)";$|import\(\s*"([^"]+)"\s*\)/gm)].flatMap(
    (found) => found[1] ?? found[2] ?? [],
  );

/** An adapter is its first word: `journal.ts`, `journal-rows.ts` and `journal/…` are one thing. */
const thing = (path: string) => path.replace(/^adapters\//, "").split(/[-./]/)[0];

it("every import is one the house allows", () => {
  const broken: string[] = [];
  for (const file of files(src)) {
    const from = relative(src, file);
    const rule = MAY[from.split("/")[0] ?? ""];
    if (rule === undefined) continue; // main.ts knows all the others
    for (const name of importsOf(readFileSync(file, "utf8"))) {
      if (name.startsWith(".")) {
        const to = normalize(relative(src, join(dirname(file), name)));
        const allowed = rule.parts.some((part) => to === part || to.startsWith(`${part}/`));
        const sameThing =
          !(from.startsWith("adapters/") && to.startsWith("adapters/")) || thing(from) === thing(to) || SHARED.has(to);
        if (!allowed || !sameThing) broken.push(`${from} imports ${to}`);
        continue;
      }
      const okay =
        rule.packages === "any" ||
        rule.packages.some((p) => name === p || name.startsWith(p.endsWith(":") ? p : `${p}/`));
      if (!okay) broken.push(`${from} imports package ${name}`);
    }
  }
  expect(broken).toEqual([]);
});

/** The adapters that others stand on: both database files are opened in one way, with room kept back for them; both ends of MQTT end a connection in one way, both ends of HTTP digest compute it in one, and whoever we ask is answered in one. */
const SHARED = new Set([
  "adapters/database.ts",
  "adapters/digest.ts",
  "adapters/digest-challenge.ts",
  "adapters/drop.ts",
  "adapters/journal-sync.ts",
  // The clerk's register stands on the import: one set of rules for what a cell may say.
  "adapters/consents.ts",
  "adapters/import.ts",
  "adapters/import-book.ts",
  "adapters/import-mistakes.ts",
  "adapters/import-person.ts",
  "adapters/import-sheet.ts",
  "adapters/import-written.ts",
  // A stored assessment is read back in the form in which the API tells it.
  "adapters/register-impact-form.ts",
  "adapters/reserve.ts",
  "adapters/whitelist.ts",
  "adapters/whitelist-people.ts",
]);

it("core and decode know no clock, no chance, no I/O and no waiting", () => {
  const found = [...files(join(src, "core")), ...files(join(src, "decode"))].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, i) =>
        !/^\s*(\/\/|\*|\/\*)/.test(line) &&
        /Date\.now|new Date\(\)|performance\.|process\.|setTimeout|setInterval|Math\.random|\basync\b|\bawait\b|"node:/.test(
          line,
        )
          ? [`${relative(top, file)}:${i + 1} ${line.trim()}`]
          : [],
      ),
  );
  expect(found).toEqual([]);
});
