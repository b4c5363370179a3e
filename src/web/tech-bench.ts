/** The bench as the technician's page last saw it, and what a tap there carries. */
import { signal } from "@preact/signals";
import type { BenchView } from "../shell/bench.ts";
import { ask } from "./ask.ts";
import { uuid } from "./uuid.ts";

/** Undefined until the gate has told it. */
export const bench = signal<BenchView | undefined>(undefined);
/** The gate hasn't answered the last time. */
export const lost = signal(false);

let tick = { text: "", at: 0 };

/** Looks at the bench once. */
export async function lookBench(): Promise<void> {
  const told = await ask<{ readonly tick: string; readonly bench: BenchView }>("GET", "/bench");
  lost.value = "trouble" in told && told.trouble.code === "lost";
  if ("trouble" in told) return;
  tick = { text: told.ok.tick, at: performance.now() };
  bench.value = told.ok.bench;
}

/** A tap's marks: its own id, and the gate's moment that it was made after. */
export function tapNow(): { readonly id: string; readonly tick: string; readonly sinceTickMs: number } {
  return { id: uuid(), tick: tick.text, sinceTickMs: Math.round(performance.now() - tick.at) };
}
