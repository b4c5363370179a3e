/** What the guard sees, in Chromium, while a street is decided: tap → relay, state → pixel, the first load, many tabs. */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { ARGS, BROWSER } from "../web/browser.ts";
import { until } from "../whole/place.ts";
import { type Contender, type Lanes, TERMINALS } from "./contenders.ts";
import { connect, deviceIdOf, freshRecord, record } from "./driver.ts";

/** Two busy lanes with fifteen terminals each, and two that are measured, with one each. */
const MEASURED = [
  { lane: "lane-2", terminal: TERMINALS - 2 },
  { lane: "lane-3", terminal: TERMINALS - 1 },
] as const;
const BUSY = TERMINALS - MEASURED.length;
const busy = Array.from({ length: BUSY }, (_, n) => n);
export const PAGE_LANES: Lanes = [
  busy.filter((n) => n % 2 === 0),
  busy.filter((n) => n % 2 === 1),
  ...MEASURED.map(({ terminal }) => [terminal]),
];

/** Runs before the page's own code: when a tap was felt, and when a lane's opening had been painted. Page's clock, ms. */
const WATCH = `(() => {
  const bench = (window.bench = { taps: [], painted: [], usableMs: 0 });
  addEventListener("click", (event) => {
    const lane = event.target.closest && event.target.closest("[data-lane]");
    if (lane) bench.taps.push({ lane: lane.dataset.lane, at: event.timeStamp });
  }, true);
  const seen = {};
  const afterPaint = (then) => requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel(); port1.onmessage = then; port2.postMessage(0); });
  new MutationObserver(() => {
    for (const one of document.querySelectorAll("[data-lane]")) {
      const shown = one.querySelector("[data-barrier]");
      const barrier = shown && shown.dataset.barrier;
      if (seen[one.dataset.lane] === barrier) continue;
      seen[one.dataset.lane] = barrier;
      if (barrier === "opening") afterPaint(() => bench.painted.push({ lane: one.dataset.lane, at: performance.now() }));
    }
    if (bench.usableMs === 0 && document.querySelector("[data-lane] button[data-order=open]:not([disabled])") !== null) {
      bench.usableMs = -1;
      afterPaint(() => { bench.usableMs = performance.now(); });
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-barrier", "disabled"] });
  performance.mark("watched");
})()`;

interface Seen {
  readonly lane: string;
  readonly at: number;
}

export const open = (): Promise<Browser> => {
  if (BROWSER === undefined) throw new Error("no chromium here: sudo apt-get install -y chromium");
  return chromium.launch({ executablePath: BROWSER, args: ARGS });
};

async function guardScreen(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1024, height: 600 }, bypassCSP: true });
  await context.addInitScript(WATCH);
  return context;
}

/** Fifty records a second at the busy lanes until called off; says then how many a second were acknowledged. */
export async function street(gate: Contender, customId: (i: number) => string): Promise<() => Promise<number>> {
  const clients = await Promise.all(busy.map((n) => connect(gate.access, n, "street")));
  let acknowledged = 0;
  for (const [n, client] of clients.entries()) {
    client.on("message", (_topic, payload) => {
      if (payload.includes('"PushAck"')) acknowledged++;
    });
    await client.subscribeAsync(`mqtt/face/${deviceIdOf(n)}`, { qos: 0 });
  }
  const began = performance.now();
  let sent = 0;
  const sending = setInterval(() => {
    for (const due = ((performance.now() - began) * 50) / 1000; sent < due; sent++) {
      const n = sent % BUSY;
      const known = Math.floor(sent / BUSY) % 2 === 0;
      clients[n]?.publish(
        `mqtt/face/${deviceIdOf(n)}/Rec`,
        record(n, freshRecord(), known ? customId(sent) : `X-${sent}`),
        { qos: 1 },
      );
    }
  }, 5);
  return async () => {
    clearInterval(sending);
    const perSecond = (acknowledged * 1000) / (performance.now() - began);
    await Promise.all(clients.map((client) => client.endAsync(true)));
    return perSecond;
  };
}

/** ms to add to the page's clock to get ours: from the quickest of some questions. */
async function offsetOf(page: Page): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, offset: 0 };
  for (let i = 0; i < 30; i++) {
    const asked = performance.now();
    const theirs = Number(await page.evaluate("performance.now()"));
    const tookMs = performance.now() - asked;
    if (tookMs < best.tookMs) best = { tookMs, offset: asked + tookMs / 2 - theirs };
  }
  return best.offset;
}

export interface Touched {
  /** ms from the click in the browser to the unlock command at the terminal. */
  readonly tapToRelay: readonly number[];
  /** ms from the click to the frame that shows the lane opening. */
  readonly tapToPixel: readonly number[];
  /** ms from the unlock command at the terminal, whoever had ordered it, to the frame that shows it. */
  readonly stateToPixel: readonly number[];
  readonly asked: number;
}

/** Taps and residents in turn at the measured lanes, `count` of each. */
export async function touch(
  browser: Browser,
  gate: Contender,
  count: number,
  customId: (i: number) => string,
): Promise<Touched> {
  const context = await guardScreen(browser);
  const clients = await Promise.all(MEASURED.map(({ terminal }) => connect(gate.access, terminal, "touch")));
  try {
    const page = await context.newPage();
    await page.goto(`${gate.page}/`);
    await page.waitForSelector("[data-lane=lane-3] button[data-order=open]");
    const relays: Seen[] = [];
    for (const [i, client] of clients.entries()) {
      const { lane, terminal } = MEASURED[i === 0 ? 0 : 1];
      client.on("message", (_topic, payload) => {
        if (payload.includes('"Unlock"')) relays.push({ lane, at: performance.now() });
      });
      await client.subscribeAsync(`mqtt/face/${deviceIdOf(terminal)}`, { qos: 0 });
    }
    const found = { tapToRelay: [] as number[], tapToPixel: [] as number[], stateToPixel: [] as number[] };
    const offset = await offsetOf(page);
    const seen = async (what: "taps" | "painted"): Promise<Seen | undefined> => {
      const last = await page.evaluate<Seen | null>(`window.bench.${what}.slice(-1)[0] || null`);
      return last === null ? undefined : { lane: last.lane, at: last.at + offset };
    };
    for (let i = 0; i < count * 2; i++) {
      const which = Math.floor(i / 2) % 2 === 0 ? 0 : 1;
      const { lane, terminal } = MEASURED[which];
      const isTap = i % 2 === 0;
      const rest = `["closed", "unknown"].includes(document.querySelector("[data-lane=${lane}] [data-barrier]").dataset.barrier)`;
      await page.waitForFunction(rest, undefined, { timeout: 15_000 });
      await page.evaluate("void (window.bench.taps = [], window.bench.painted = [])");
      relays.length = 0;
      if (isTap) await page.click(`[data-lane=${lane}] button[data-order=open]`);
      else
        clients[which]?.publish(`mqtt/face/${deviceIdOf(terminal)}/Rec`, record(terminal, freshRecord(), customId(i)), {
          qos: 1,
        });
      await until(
        () => relays.length > 0,
        5_000,
        () => `${gate.name}: no unlock command at ${lane}`,
      );
      await page.waitForFunction(`window.bench.painted.some((one) => one.lane === "${lane}")`, undefined, {
        timeout: 5_000,
      });
      const relay = relays[0];
      const painted = await page.evaluate<Seen>(`window.bench.painted.find((one) => one.lane === "${lane}")`);
      if (relay === undefined) continue;
      found.stateToPixel.push(painted.at + offset - relay.at);
      const tap = isTap ? await seen("taps") : undefined;
      if (tap === undefined) continue;
      found.tapToRelay.push(relay.at - tap.at);
      found.tapToPixel.push(painted.at + offset - tap.at);
    }
    return { ...found, asked: count };
  } finally {
    await Promise.all(clients.map((client) => client.endAsync(true)));
    await context.close();
  }
}

export interface Loaded {
  readonly usableMs: number;
  /** As they came over the wire. */
  readonly codeBytes: number;
  readonly allBytes: number;
}

/** One first load with an empty cache, until a lane's 开门 can be tapped and has been painted; `slower` times slower a processor. */
export async function firstLoad(browser: Browser, url: string, slower: number): Promise<Loaded> {
  const context = await guardScreen(browser);
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    if (slower > 1) await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
    const code = new Set<string>();
    let [codeBytes, allBytes] = [0, 0];
    devtools.on("Network.responseReceived", ({ requestId, type }) => {
      if (type === "Script" || type === "Stylesheet") code.add(requestId);
    });
    devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      allBytes += encodedDataLength;
      if (code.has(requestId)) codeBytes += encodedDataLength;
    });
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForFunction("window.bench.usableMs > 0", undefined, { timeout: 60_000 });
    return { usableMs: Number(await page.evaluate("window.bench.usableMs")), codeBytes, allBytes };
  } finally {
    await context.close();
  }
}

/** Bytes of one page's stream in a minute, from `seconds` of it. */
export async function streamPerMinute(url: string, seconds: number): Promise<number> {
  const call = new AbortController();
  const answer = await fetch(`${url}/api/v1/stream`, { signal: call.signal });
  const reader = answer.body?.getReader();
  if (reader === undefined) throw new Error("the stream is empty");
  // What it begins with, the whole view and the last rows, is no part of what a minute costs.
  await reader.read();
  const began = performance.now();
  let bytes = 0;
  while (performance.now() - began < seconds * 1000) bytes += (await reader.read()).value?.byteLength ?? 0;
  const took = performance.now() - began;
  call.abort();
  return Math.round((bytes * 60_000) / took);
}

export interface Tabs {
  readonly opened: number;
  /** With true states on them, not greyed, once all are open. */
  live(): Promise<number>;
  close(): Promise<void>;
}

/** So many tabs of one browser, as a guard leaves them. */
export async function openTabs(browser: Browser, url: string, count: number): Promise<Tabs> {
  const context = await guardScreen(browser);
  const pages: Page[] = [];
  for (let i = 0; i < count; i++) {
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForSelector("[data-lane=lane-3]", { timeout: 30_000 });
    pages.push(page);
  }
  return {
    opened: count,
    async live() {
      const asked = pages.map((page) =>
        page.evaluate<boolean>(
          `document.querySelector("[data-lane]") !== null && document.querySelector(".frame.stale") === null`,
        ),
      );
      return (await Promise.all(asked)).filter(Boolean).length;
    },
    close: () => context.close(),
  };
}
