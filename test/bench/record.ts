/** docs/performance.md, written from what was measured. What stands below its mark is written by hand and stays. */
import { type Line, rows } from "./report.ts";

export interface Measured {
  readonly when: string;
  readonly node: string;
  readonly cpu: string;
  readonly sizes: string;
  readonly seconds: number;
  readonly command: string;
  /** Load of the machine before the bench began, averaged over a minute. */
  readonly load: number;
  readonly lines: readonly Line[];
  readonly notes: readonly string[];
}

export const BY_HAND = "<!-- below: by hand -->";

/** Each part of the bench: what it is called and how it is measured. */
export const PARTS = {
  event: {
    title: "Event → relay",
    how: "Built product, `gatepost start`, 32 terminals and lanes, 100,000 people, over a Mosquitto of its own. The bench plays the terminals, 50 records a second, every other one of somebody on the list; measured from publishing the record to the unlock command at the terminal. All contenders take turns, round by round; the spread is the range over the rounds. *Echo* answers each record and does nothing else; *minimal* is a script with one table and one row; Node-RED and Python do the same job as a site would write it. Rows/sent: rows found in its own file afterwards.",
  },
  "slow disk": {
    title: "A disk whose sync takes 10 ms",
    how: "As above, with a library before the C library's that makes each fdatasync and fsync take 10 ms, as an SD card does.",
  },
  page: {
    title: "The guard's page",
    how: "Chromium without a screen, 1024 × 600, against the built product with four lanes, while 50 events a second are decided over a real Mosquitto. A tap is a click of the browser's own input; the relay is the unlock command at the lane's terminal; a pixel is the frame after the one in which the lane shows its new state. The browser's clock is matched to the bench's by the quickest of 30 questions. A slower processor: Chromium's own throttling. The *bare page* is fastify with a button and an event stream, nothing behind it, in turns with ours.",
  },
  uplink: {
    title: "Uplink",
    how: "A journal full of passages that nobody has been told of, a Mosquitto as the platform with one reader, 50 events a second at the terminals. Idle and drain take turns in one run (the platform's broker is stopped and let go on), so that both meet the same machine. Beside the gate, in the same turns, the bare echo, which has no uplink: what the drain costs the echo is the processor that the platform's broker and reader take on this machine.",
  },
  links: {
    title: "Other links",
    how: "Pseudo-terminals and sockets on this machine, both ends played by the bench; one event at a time, ours and the echo in turns.",
  },
  start: {
    title: "Start",
    how: "From starting the process to the first unlock command, asked each 10 ms, one contender at a time.",
  },
} as const;
export type Part = keyof typeof PARTS;

const goals = (lines: readonly Line[]) => lines.filter((line) => line.reached !== undefined);

/** @param before the file as it is; its part by hand is kept */
export function written(measured: Measured, before: string): string {
  const { lines } = measured;
  const missed = lines.filter((line) => line.reached === false);
  const hand = before.includes(BY_HAND) ? before.slice(before.indexOf(BY_HAND)) : `${BY_HAND}\n`;
  const parts = Object.entries(PARTS)
    .map(([part, about]) => ({ ...about, mine: lines.filter((line) => line.part === part) }))
    .filter(({ mine }) => mine.length > 0);
  return [
    "# Measured",
    "",
    `Written by \`${measured.command}\`, ${measured.when.slice(0, 10)}, ${measured.sizes} sizes, ${measured.seconds} s in all, on ${measured.cpu}, Node ${measured.node.slice(1)}; load of the machine before it began ${measured.load.toFixed(2)}.`,
    "Only ratios within one run mean anything on another machine: run it there. ✓ a goal is met, ✗ it isn't; a row without either has none.",
    "",
    `**${goals(lines).length - missed.length} of ${goals(lines).length} goals met.**${missed.length === 0 ? "" : " Missed:"}`,
    ...(missed.length === 0
      ? []
      : ["", ...missed.map((line) => `- ${line.measure} (${line.who}): ${line.value}${aim(line)}`)]),
    ...parts.flatMap(({ title, how, mine }) => ["", `## ${title}`, "", how, "", ...rows(mine)]),
    ...(measured.notes.length === 0
      ? []
      : ["", "## Left out or odd", "", ...measured.notes.map((text) => `- ${text}`)]),
    "",
    hand,
  ].join("\n");
}

const aim = (line: Line) => (line.goal === undefined ? "" : `; goal ${line.goal}`);
