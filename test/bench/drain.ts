/** Months of backlog go up to a platform while people come home: how fast, and what the gate's deciding notices of it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openJournal } from "../../src/adapters/journal.ts";
import { random } from "../../src/simulator/random.ts";
import { streamOf } from "../../src/uplink/records.ts";
import { passageRows } from "../uplink/campaign.ts";
import { freePort, until } from "../whole/place.ts";
import { type Contender, gate, type Setting, TERMINALS } from "./contenders.ts";
import { latency, spread } from "./driver.ts";
import type { Size } from "./measures.ts";
import { wander } from "./people.ts";
import { type Report, times, us } from "./report.ts";
import { writeText } from "./running.ts";

const PER_SECOND = 50;
const GOAL_PER_SECOND = 5_000;

/** A journal with so many passages that nobody has been told of; returns how many messages they make. */
async function backlog(dir: string, passages: number): Promise<number> {
  mkdirSync(dir, { recursive: true });
  const journal = openJournal({
    file: join(dir, "journal.sqlite"),
    boot: "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f",
    siteKey: new Uint8Array(32),
    keyOf: () => undefined,
  });
  const dice = random(1);
  let messages = 0;
  for (let n = 0; n < passages; n++) {
    const rows = passageRows(n, dice).map((row) => ({ ...row, lane: "lane-0" }));
    messages += rows.filter((row) => streamOf(row) !== undefined).length;
    const last = journal.appendAll(rows);
    if (n % 200 === 199) await new Promise<void>((done) => journal.whenDurable(last, done));
  }
  // Its worker doesn't keep this process alive while it copies the log for the last time.
  const alive = setInterval(() => undefined, 1_000);
  await journal.close();
  clearInterval(alive);
  return messages;
}

const waiting = async (one: Contender): Promise<number> => {
  const text = await fetch(`${one.page}/metrics`).then((answer) => answer.text());
  return Number(/^gatepost_uplink_backlog_rows (\S+)/m.exec(text)?.[1] ?? Number.NaN);
};

export async function drain(
  setting: Setting,
  people: number,
  size: Size,
  report: Report,
  profile?: string,
): Promise<void> {
  const { bay } = setting;
  const port = await freePort();
  const name = "gate-uplink";
  const messages = await backlog(join(bay.folder(name), "data"), Math.max(20_000, size.flood * 3));
  const one = await gate(setting, name, {
    link: "mosquitto",
    ...(profile === undefined ? {} : { nodeArgs: ["--cpu-prof", `--cpu-prof-dir=${profile}`] }),
    people,
    uplink: `{ url: "mqtt://127.0.0.1:${port}", window: 512 }`,
  });
  await until(
    () =>
      fetch(`${one.page}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      ),
    15_000,
    one.program.printed,
  );
  const measure = (seconds: number) =>
    latency(one.access, {
      terminals: TERMINALS,
      perSecond: PER_SECOND,
      seconds,
      customId: wander(people),
      acknowledged: true,
    });
  await measure(2);
  const idle = spread((await measure(size.seconds)).relay);

  const config = writeText(
    join(bay.folder("mosquitto-platform"), "mosquitto.conf"),
    `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\nmax_inflight_messages 0\nmax_queued_messages 0\n`,
  );
  const broker = bay.run("mosquitto-platform", "mosquitto", ["-c", config]);
  await until(() => broker.printed().includes(" running"), 5_000, broker.printed);
  bay.run("platform-reader", "mosquitto_sub", [
    "-p",
    String(port),
    "-V",
    "5",
    "-q",
    "1",
    "-t",
    "gatepost/v1/#",
    "-F",
    "%t",
  ]);
  const before = await waiting(one);
  await until(async () => (await waiting(one)) < before, 90_000, one.program.printed);
  const began = performance.now();
  let ended = 0;
  const watching = until(async () => (await waiting(one)) < 50 && performance.now(), 120_000).then((at) => {
    ended = at;
  });
  const samples: number[] = [];
  while (ended === 0) samples.push(...(await measure(1)).relay);
  await watching;
  const busy = spread(samples);
  const rate = Math.round(messages / ((ended - began) / 1000));
  report.add({
    measure: "uplink drain",
    who: name,
    value: `${rate.toLocaleString("en")}/s`,
    spread: `${messages.toLocaleString("en")} messages`,
    goal: `≥ ${GOAL_PER_SECOND.toLocaleString("en")}/s`,
    reached: rate >= GOAL_PER_SECOND,
  });
  report.add({
    measure: "event → relay during the drain, p99",
    who: name,
    value: us(busy.p99),
    spread: `p50 ${us(busy.p50)}; idle p50 ${us(idle.p50)}, p99 ${us(idle.p99)}; ${samples.length} events`,
    goal: `≤ 1.5× idle (is ${times(busy.p99 / idle.p99)})`,
    reached: busy.p99 <= 1.5 * idle.p99,
  });
  report.add({ measure: "memory after the drain", who: name, value: `${one.program.memoryMb()} MB` });
  await one.program.stop();
}
