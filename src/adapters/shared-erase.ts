/** Erasures that the site's other gates are to hear of, left in a folder by the console for the running gate: pseudonyms alone. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "sharing-erase";
const NAMES = /^[0-9a-f]{16}$/;

/** As whoever owns the data folder may take it away again. */
export function orderErasure(dataDir: string, subjects: readonly string[]): void {
  const folder = join(dataDir, FOLDER);
  mkdirSync(folder, { recursive: true, mode: statSync(dataDir).mode & 0o777 });
  const half = join(folder, `.${randomUUID()}`);
  writeFileSync(half, `${subjects.join("\n")}\n`, { mode: 0o640 });
  renameSync(half, `${half}.erase`);
}

/** Those that wait; `done` takes them away once the journal has them. */
export function erasuresOrdered(dataDir: string): { readonly subjects: readonly string[]; done(): void } {
  const folder = join(dataDir, FOLDER);
  if (!existsSync(folder)) return { subjects: [], done: () => undefined };
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".erase"))
    .map((name) => join(folder, name));
  return {
    subjects: files.flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => NAMES.test(line)),
    ),
    done() {
      for (const file of files) rmSync(file, { force: true });
    },
  };
}
