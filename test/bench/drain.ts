/** Months of backlog go up to a platform while people come home: how fast, and what the gate's deciding notices of it. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openJournal } from "../../src/adapters/journal.ts";
import { random } from "../../src/simulator/random.ts";
import { streamOf } from "../../src/uplink/records.ts";
import { passageRows } from "../uplink/campaign.ts";
import { freePort, until } from "../whole/place.ts";
import { baseline, type Contender, gate, type Setting, TERMINALS } from "./contenders.ts";
import { latency, type Spread, spread } from "./driver.ts";
import { wander } from "./people.ts";
import { type Report, times, us } from "./report.ts";
import { type Program, writeText } from "./running.ts";

const PER_SECOND = 50;
const GOAL_PER_SECOND = 5_000;

export interface DrainSize {
  readonly passages: number;
  /** Times that idle and drain take turns, at the most: it ends with the backlog. */
  readonly turns: number;
  /** Of one measure of one phase. */
  readonly seconds: number;
}

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

interface Platform {
  /** Holds still, as a line does that has died: the gate has nothing to do for it once its window is full. */
  stop(): void;
  go(): void;
  /** Messages that its reader has got. */
  got(): number;
}

/** A Mosquitto with somebody who subscribes to all of it. */
async function openPlatform({ bay }: Setting, port: number): Promise<Platform> {
  const config = writeText(
    join(bay.folder("mosquitto-platform"), "mosquitto.conf"),
    `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\nmax_inflight_messages 0\nmax_queued_messages 0\n`,
  );
  const broker: Program = bay.run("mosquitto-platform", "mosquitto", ["-c", config]);
  await until(() => broker.printed().includes(" running"), 5_000, broker.printed);
  // Two bytes a message: the length of what it has printed is what it has got.
  const asks = ["-p", String(port), "-V", "5", "-q", "1", "-t", "gatepost/v1/#", "-F", "."];
  bay.run("platform-reader", "mosquitto_sub", asks);
  return {
    stop: () => void broker.child.kill("SIGSTOP"),
    go: () => void broker.child.kill("SIGCONT"),
    got: () => statSync(join(bay.dir, "platform-reader.log")).size >> 1,
  };
}

interface Phases {
  readonly idle: number[];
  readonly drain: number[];
}

/**
 * Idle and drain in turns in one run, so that both meet the same machine; beside the gate the bare echo, which has no
 * uplink: what the drain costs the echo is the processor that broker and reader take, not our deciding.
 */
export async function drain(setting: Setting, people: number, size: DrainSize, report: Report): Promise<void> {
  const { bay } = setting;
  const port = await freePort();
  const name = "gate-uplink";
  const messages = await backlog(join(bay.folder(name), "data"), size.passages);
  const one = await gate(setting, name, {
    link: "mosquitto",
    people,
    uplink: `{ url: "mqtt://127.0.0.1:${port}", window: 512 }`,
  });
  const echo = await baseline(setting, "echo-beside-drain", { script: "echo.mjs", people });
  const ready = () =>
    fetch(`${one.page}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  await until(ready, 15_000, one.program.printed);
  const measure = async (who: Contender, seconds: number) =>
    (
      await latency(who.access, {
        terminals: TERMINALS,
        perSecond: PER_SECOND,
        seconds,
        customId: wander(people),
        acknowledged: who === one,
      })
    ).relay;
  for (const who of [one, echo]) await measure(who, 2);
  const ours: Phases = { idle: [], drain: [] };
  const theirs: Phases = { idle: [], drain: [] };
  const idle = async () => {
    ours.idle.push(...(await measure(one, size.seconds)));
    theirs.idle.push(...(await measure(echo, size.seconds)));
  };
  await idle();
  const platform = await openPlatform(setting, port);
  const rates: number[] = [];
  try {
    await until(() => platform.got() > 0, 90_000, one.program.printed);
    for (let turn = 0; turn < size.turns; turn++) {
      platform.go();
      // Who goes first takes turns: the backlog's end must not always fall to the same one.
      for (const who of turn % 2 === 0 ? [one, echo] : [echo, one]) {
        const from = { got: platform.got(), at: performance.now() };
        const found = await measure(who, size.seconds);
        const rate = ((platform.got() - from.got) * 1000) / (performance.now() - from.at);
        // A phase in which the backlog ended is not a drain.
        if ((await waiting(one)) < 500) break;
        (who === one ? ours : theirs).drain.push(...found);
        rates.push(rate);
      }
      if ((await waiting(one)) < 500) break;
      platform.stop();
      await new Promise((next) => setTimeout(next, 100));
      await idle();
    }
  } finally {
    platform.go();
  }
  await until(async () => (await waiting(one)) < 500, 60_000, one.program.printed);
  tell({ name, ours, theirs, rates, messages, memory: one.program.memoryMb() }, report);
  for (const who of [one, echo]) await who.program.stop();
}

function tell(
  found: {
    readonly name: string;
    readonly ours: Phases;
    readonly theirs: Phases;
    /** Messages a second, one each phase. */
    readonly rates: readonly number[];
    readonly messages: number;
    readonly memory: number;
  },
  report: Report,
): void {
  const { name } = found;
  const rates = [...found.rates].sort((a, b) => a - b).map(Math.round);
  const rate = rates[rates.length >> 1] ?? 0;
  const count = (value: number) => value.toLocaleString("en");
  report.add({
    measure: "uplink drain, while 50/s are decided",
    who: name,
    value: `${count(rate)}/s`,
    spread: `${count(rates[0] ?? 0)} – ${count(rates.at(-1) ?? 0)}, ${rates.length} phases; ${count(found.messages)} messages`,
    goal: `≥ ${count(GOAL_PER_SECOND)}/s`,
    reached: rate >= GOAL_PER_SECOND,
  });
  const words = (one: Spread) => `p50 ${us(one.p50)}, p95 ${us(one.p95)}, p99 ${us(one.p99)}, n ${one.count}`;
  const [idle, busy] = [spread(found.ours.idle), spread(found.ours.drain)];
  const [bareIdle, bareBusy] = [spread(found.theirs.idle), spread(found.theirs.drain)];
  report.add({
    measure: "event → relay during the drain, p99",
    who: name,
    value: us(busy.p99),
    spread: `${words(busy)}; idle ${words(idle)}`,
    goal: `≤ 1.5× idle (is ${times(busy.p99 / idle.p99)}, p50 ${times(busy.p50 / idle.p50)})`,
    reached: busy.count > 0 && busy.p99 <= 1.5 * idle.p99,
  });
  report.add({
    measure: "event → relay during the drain, p99",
    who: "echo beside it",
    value: us(bareBusy.p99),
    spread: `${words(bareBusy)}; idle ${words(bareIdle)}; ${times(bareBusy.p99 / bareIdle.p99)} of idle, p50 ${times(bareBusy.p50 / bareIdle.p50)}`,
  });
  report.add({ measure: "memory after the drain", who: name, value: `${found.memory} MB` });
  report.keep("drain", { idle, busy, echo: { idle: bareIdle, busy: bareBusy }, rates });
}
