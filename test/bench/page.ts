/** A guard's tap on the page while the street is busy, and a page that stays open. */
import { randomUUID } from "node:crypto";
import { until } from "../whole/place.ts";
import type { Contender } from "./contenders.ts";
import { connect, deviceIdOf } from "./driver.ts";

/** Keeps one page's stream open until called off. */
export async function openPage(page: string): Promise<() => void> {
  const call = new AbortController();
  const answer = await fetch(`${page}/api/v1/stream`, { signal: call.signal });
  void answer.body?.pipeTo(new WritableStream()).catch(() => undefined);
  return () => call.abort();
}

const MOVING = /"barrier":"(?:opening|open|closing)"/;

/** Until no lane is open: an open lane gets no second opening, and what came before must not count against what is measured. */
export async function atRest({ name, page }: Contender): Promise<void> {
  if (page === undefined) return;
  await until(
    async () => {
      const answer = await fetch(`${page}/api/v1/state`);
      return answer.ok && !MOVING.test(await answer.text());
    },
    10_000,
    () => `${name} doesn't come to rest`,
  );
}

async function tickOf(page: string): Promise<string> {
  const call = new AbortController();
  const answer = await fetch(`${page}/api/v1/stream`, { signal: call.signal });
  let text = "";
  try {
    if (answer.body === null) throw new Error("the stream is empty");
    for await (const chunk of answer.body) {
      text += Buffer.from(chunk).toString("utf8");
      const tick = /"tick":"([^"]+)"/.exec(text)?.[1];
      if (tick !== undefined) return tick;
    }
  } finally {
    call.abort();
  }
  throw new Error("the stream ended without a tick");
}

/** ms from posting `open` to the unlock command at the lane's terminal; lanes `first`…`first + lanes - 1` in turn. */
export async function taps(
  gate: Contender,
  settings: { readonly first: number; readonly lanes: number; readonly count: number; readonly everyMs: number },
): Promise<readonly number[]> {
  const { page } = gate;
  if (page === undefined) return [];
  const times: number[] = [];
  const sentAt = new Array<number>(settings.lanes).fill(0);
  const clients = await Promise.all(sentAt.map((_, i) => connect(gate.access, settings.first + i, "tap")));
  for (const [i, client] of clients.entries()) {
    client.on("message", (_topic, payload) => {
      if (sentAt[i] === 0 || !payload.includes('"Unlock"')) return;
      times.push(performance.now() - (sentAt[i] ?? 0));
      sentAt[i] = 0;
    });
    await client.subscribeAsync(`mqtt/face/${deviceIdOf(settings.first + i)}`, { qos: 0 });
  }
  for (let i = 0; i < settings.count; i++) {
    const began = performance.now();
    const lane = i % settings.lanes;
    const tick = await tickOf(page);
    const body = JSON.stringify({ id: randomUUID(), tick, sinceTickMs: 0, order: "open" });
    sentAt[lane] = performance.now();
    const answer = await fetch(`${page}/api/v1/lanes/lane-${settings.first + lane}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: page },
      body,
    });
    if (!answer.ok) throw new Error(`a tap was refused: ${await answer.text()}`);
    await new Promise((next) => setTimeout(next, Math.max(0, settings.everyMs - (performance.now() - began))));
  }
  await Promise.all(clients.map((client) => client.endAsync(true)));
  return times;
}
