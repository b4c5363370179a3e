/** The figures of what a guard sees, each beside its goal and beside a bare page that does the same with nothing behind it. */
import type { Browser } from "playwright-core";
import { until } from "../whole/place.ts";
import { baseline, type Contender, gate, type Setting } from "./contenders.ts";
import { spread } from "./driver.ts";
import { firstLoad, open, openTabs, PAGE_LANES, streamPerMinute, street, type Touched, touch } from "./guard-page.ts";
import { wander } from "./people.ts";
import { type Report, times } from "./report.ts";

export interface PageSize {
  /** Times that the gate and the echo take turns. */
  readonly turns: number;
  /** Taps, and as many residents, in a turn. */
  readonly taps: number;
  readonly loads: number;
  readonly streamSeconds: number;
  readonly tabs: number;
}

const SLOWER = 6;
const ms = (us: number) => `${(us / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} ms`;
const kb = (bytes: number) => `${(bytes / 1024).toLocaleString("en", { maximumFractionDigits: 1 })} KB`;
const told = (list: readonly number[]) => {
  const { p50, p95, p99, count } = spread(list);
  return `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, n ${count}`;
};

export async function guardsPage(setting: Setting, people: number, size: PageSize, report: Report): Promise<void> {
  const browser = await open();
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const ours = await gate(setting, "gate-page", { link: "mosquitto", people, lanes: PAGE_LANES });
    const bare = await baseline(setting, "page-echo", { script: "page-echo.mjs", people });
    stops.push(
      () => ours.program.stop(),
      () => bare.program.stop(),
    );
    for (const one of [ours, bare]) {
      const answers = () =>
        fetch(`${one.page}${one === ours ? "/readyz" : "/"}`).then(
          (answer) => answer.ok,
          () => false,
        );
      await until(answers, 20_000, one.program.printed);
    }
    const both = { ours, bare, people, browser };
    await report.attempt("page: bytes of the stream", () => streams(both, size, report));
    await report.attempt("page: tap → relay, state → pixel", () => touches(both, size, report));
    await report.attempt("page: first load", () => loads(both, size, report));
    await report.attempt("page: tabs", () => tabs(both, size, report));
  } finally {
    await browser.close();
    for (const stop of stops) await stop();
  }
}

interface Both {
  readonly ours: Contender;
  readonly bare: Contender;
  readonly people: number;
  readonly browser: Browser;
}

/** Does it while fifty a second are decided; keeps how many really were. */
async function busyWith<T>(one: Contender, people: number, what: () => Promise<T>, rates: number[]): Promise<T> {
  const stop = await street(one, wander(people));
  try {
    return await what();
  } finally {
    rates.push(await stop());
  }
}

async function touches({ ours, bare, people, browser }: Both, size: PageSize, report: Report): Promise<void> {
  const found = new Map<Contender, Touched[]>([
    [ours, []],
    [bare, []],
  ]);
  const rates: number[] = [];
  for (let turn = 0; turn < size.turns; turn++) {
    for (const [one, each] of found) {
      const mine = one === ours ? rates : [];
      each.push(await busyWith(one, people, () => touch(browser, one, size.taps, wander(people)), mine));
    }
  }
  const all = (one: Contender, which: "tapToRelay" | "stateToPixel" | "tapToPixel") =>
    (found.get(one) ?? []).flatMap((each) => each[which]);
  const rows = [
    { which: "tapToRelay", measure: "page: tap → relay, p99", goalMs: 150 },
    { which: "stateToPixel", measure: "page: state → pixel, p99", goalMs: 300 },
    { which: "tapToPixel", measure: "page: tap → pixel, p99", goalMs: 300 },
  ] as const;
  for (const { which, measure, goalMs } of rows) {
    const [mine, theirs] = [spread(all(ours, which)), spread(all(bare, which))];
    const asked = size.taps * size.turns * (which === "stateToPixel" ? 2 : 1);
    report.add({
      measure,
      who: "gate",
      value: ms(mine.p99),
      spread: `${told(all(ours, which))}; ${Math.round(Math.min(...rates))} events/s decided beside it`,
      goal: `≤ ${goalMs} ms (p50 ${times(mine.p50 / theirs.p50)}, p99 ${times(mine.p99 / theirs.p99)} of the bare page)`,
      reached: mine.count === asked && mine.p99 <= goalMs * 1000,
    });
    report.add({ measure, who: "bare page", value: ms(theirs.p99), spread: told(all(bare, which)) });
    report.keep(measure, { gate: mine, "bare page": theirs, decidedPerSecond: rates });
  }
}

async function loads({ ours, bare, people, browser }: Both, size: PageSize, report: Report): Promise<void> {
  for (const slower of [1, SLOWER]) {
    const usable = new Map<Contender, number[]>([
      [ours, []],
      [bare, []],
    ]);
    let code = 0;
    let bytes = 0;
    for (let n = 0; n < size.loads; n++) {
      for (const [one, list] of usable) {
        const loaded = await busyWith(one, people, () => firstLoad(browser, `${one.page}/`, slower), []);
        list.push(loaded.usableMs);
        if (one !== ours) continue;
        code = Math.max(code, loaded.codeBytes);
        bytes = Math.max(bytes, loaded.allBytes);
      }
    }
    const measure = `page: first load to usable${slower === 1 ? "" : `, processor ${slower} times slower`}, p50`;
    const [mine, theirs] = [spread(usable.get(ours) ?? []), spread(usable.get(bare) ?? [])];
    report.add({
      measure,
      who: "gate",
      value: ms(mine.p50),
      spread: told(usable.get(ours) ?? []),
      goal: `(is ${times(mine.p50 / theirs.p50)} of the bare page)`,
    });
    report.add({ measure, who: "bare page", value: ms(theirs.p50), spread: told(usable.get(bare) ?? []) });
    report.keep(measure, { gate: mine, "bare page": theirs });
    if (slower !== 1) continue;
    report.add({
      measure: "page: bytes of the first load, JS and CSS on the wire",
      who: "gate",
      value: kb(code),
      spread: `${kb(bytes)} with the page and what it asks for at once`,
      goal: "≤ 60 KB",
      reached: code > 0 && code <= 60 * 1024,
    });
    report.keep("first load, bytes", { code, all: bytes });
  }
}

async function streams({ ours, people }: Both, size: PageSize, report: Report): Promise<void> {
  const { page } = ours;
  if (page === undefined) return;
  const quiet = await streamPerMinute(page, size.streamSeconds);
  const rates: number[] = [];
  const busy = await busyWith(ours, people, () => streamPerMinute(page, size.streamSeconds), rates);
  report.add({
    measure: "page: bytes of the stream in a minute",
    who: "gate",
    value: `${kb(quiet)} at rest, ${kb(busy)} at 50/s`,
    spread: `one stream a browser, ${size.streamSeconds} s of each; ${Math.round((busy * 8) / 60_000)} kbit/s; ${Math.round(rates[0] ?? 0)} events/s decided`,
  });
  report.keep("stream, bytes a minute", { quiet, busy });
}

/** Twelve tabs of one browser, left open: whether all of them live, and what a guard at another screen notices. */
async function tabs({ ours, people, browser }: Both, size: PageSize, report: Report): Promise<void> {
  const rates: number[] = [];
  const measured = async () => {
    const opened = await openTabs(browser, `${ours.page}/`, size.tabs);
    try {
      const touched = await touch(browser, ours, size.taps, wander(people));
      return { touched, live: await opened.live(), memory: ours.program.memoryMb() };
    } finally {
      await opened.close();
    }
  };
  const { touched, live, memory } = await busyWith(ours, people, measured, rates);
  const relay = spread(touched.tapToRelay);
  report.add({
    measure: `page: ${size.tabs} tabs of one browser, live`,
    who: "gate",
    value: `${live} of ${size.tabs}`,
    spread: `${memory} MB in the service; ${Math.round(rates[0] ?? 0)} events/s decided beside it`,
    goal: `${size.tabs}`,
    reached: live === size.tabs,
  });
  report.add({
    measure: `page: tap → relay beside ${size.tabs} tabs, p99`,
    who: "gate",
    value: ms(relay.p99),
    spread: `${told(touched.tapToRelay)}; state → pixel ${told(touched.stateToPixel)}`,
    goal: "≤ 150 ms",
    reached: relay.count === size.taps && relay.p99 <= 150_000,
  });
  report.keep("tabs", { live, relay, stateToPixel: spread(touched.stateToPixel) });
}
