/** The keeper as the build makes it, once for each test file, and a simulated chip to watch it on. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";

const top = join(import.meta.dirname, "..", "..", "..");

/** Bundles one entry with the build's own settings. Returns the program's path. */
export async function bundled(entry: string, dir: string, name: string): Promise<string> {
  await build({
    configFile: join(top, ".ci", "vite.keeper.config.mjs"),
    root: top,
    logLevel: "error",
    build: {
      ssr: entry,
      outDir: dir,
      rollupOptions: { output: { format: "cjs", entryFileNames: name } },
    },
  });
  return join(dir, name);
}

/** A directory whose programs find our packages. */
export function workshop(): { readonly dir: string; readonly clear: () => void } {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-gpio-test-"));
  symlinkSync(join(top, "node_modules"), join(dir, "node_modules"));
  return { dir, clear: () => rmSync(dir, { recursive: true, force: true }) };
}

/** One act of the keeper on an output. */
export interface Act {
  readonly at: number;
  readonly pid: number;
  readonly offset: number;
  readonly what: string;
  readonly active: boolean;
}

export interface Bench {
  readonly dir: string;
  acts(): readonly Act[];
  voltage(offset: number): string;
  wire(offset: number, voltage: string): void;
}

/** A simulated chip that notes what is done to its outputs. */
export function bench(): Bench {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-gpio-bench-"));
  writeFileSync(join(dir, "trace"), "");
  return {
    dir,
    acts() {
      const lines = readFileSync(join(dir, "trace"), "utf8").split("\n").filter(Boolean);
      return lines.map((line) => {
        const [at, pid, offset, what, active] = line.split(" ");
        return { at: Number(at), pid: Number(pid), offset: Number(offset), what: what ?? "", active: active === "1" };
      });
    },
    voltage: (offset) => readFileSync(join(dir, String(offset)), "utf8").trim(),
    wire: (offset, voltage) => writeFileSync(join(dir, String(offset)), `${voltage}\n`),
  };
}

/** Waits until `is` says so. @throws Error after `withinMs` */
export async function until(is: () => boolean, what: string, withinMs = 8_000): Promise<void> {
  const from = performance.now();
  while (!is()) {
    if (performance.now() - from > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** Whether a process lives (or hasn't been collected). */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
