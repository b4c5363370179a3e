/** The run as a page: docs/generated/machine.md. */
import { cpus } from "node:os";
import type { Outcome } from "./campaign.ts";
import type { Told } from "./session.ts";

export interface Counted {
  readonly rows: number;
  readonly moves: number;
  readonly edges: number;
  readonly acknowledged: number;
  readonly lost: number;
}

export interface Run {
  readonly session: Told;
  readonly outcomes: readonly Outcome[];
  /** Absent: the run isn't over. */
  readonly end?: { readonly verify: string; readonly counted: Counted };
  readonly release: string;
  readonly accel: string;
  readonly nice: number;
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

export function report({ session, outcomes, end, release, accel, nice }: Run): string {
  const cpu = cpus();
  const table = outcomes.map(
    ({ blow, times, loaded, again, unordered }) =>
      `| ${blow} | ${times} | ${loaded ? "records coming in" : "silent"} | ${median(again).toFixed(0)} | ${Math.max(0, ...again).toFixed(0)} | ${loaded ? "see below" : unordered} |`,
  );
  return `# The package in an emulated machine

Made by \`npm run machine -- --record\` on ${new Date().toISOString().slice(0, 10)}: Debian 13, kernel ${release} with gpio-sim, QEMU (${accel}${nice > 0 ? `, nice ${nice}` : ""}) on
${cpu.length} × ${cpu[0]?.model ?? "?"}. Emulation: seconds here are several on a Pi's own processor turned into many; none is a latency of the product.
Outputs are watched by the kernel's trace of the pins (\`gpio_value\`), sent out over a serial line from before systemd starts.

## From a bare Debian to a resident let in: ${(session.firstS / 60).toFixed(1)} minutes

\`\`\`text
${session.log.trim()}
\`\`\`

Exposure by systemd-analyze inside: **${session.exposure}** (≤ 2.5). Watchdog: ready again ${session.watchdogS.toFixed(0)} s after a SIGSTOP.

## Campaign

| blow | times | street | median s until it works again | longest s | edges that nobody ordered |
| --- | --- | --- | --- | --- | --- |
${table.join("\n")}

${end === undefined ? "The run was ended here; nothing was counted on the disk." : counts(end)}
`;
}

function counts({ verify, counted }: NonNullable<Run["end"]>): string {
  return `- Outputs rose ${counted.edges} times in the whole run; the journal has ${counted.moves} rows that ordered it (a row stands before its pulse, so never fewer).
- ${counted.acknowledged} records were acknowledged to the terminal; ${counted.lost} of them are missing in ${counted.rows} rows.
- \`gatepost journal verify\`: ${verify.trim().split("\n").slice(-2).join(" · ")}`;
}
