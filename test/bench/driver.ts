/** Plays the terminals of a street against one subject and measures what comes back, over a broker that others run. */
import mqtt, { type MqttClient } from "mqtt";

export interface Access {
  readonly url: string;
  /** Credential of terminal `n`; a broker without accounts ignores it. */
  readonly user: (n: number) => { readonly username: string; readonly password: string } | undefined;
}

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

/** µs, from a list of milliseconds. */
export function spread(ms: readonly number[]): Spread {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 1000);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), count: sorted.length };
}

export const deviceIdOf = (n: number) => `90${String(n).padStart(4, "0")}`;

function localTime(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

/** A face terminal's record as the vendor's document prints it, without pictures. */
export function record(n: number, recordId: number, customId: string, picture?: string): string {
  return JSON.stringify({
    operator: "RecPush",
    info: {
      customId,
      personId: "63",
      RecordID: String(recordId),
      VerifyStatus: "1",
      PersonType: "0",
      similarity1: "91.000000",
      Sendintime: 1,
      personName: "Ines Okafor",
      facesluiceId: deviceIdOf(n),
      idCard: "",
      telnum: " ",
      time: localTime(),
      isNoMask: "0",
      PushType: 0,
      targetPosInScene: [412, 188, 701, 560],
      ...(picture === undefined ? {} : { pic: picture }),
    },
  });
}

export async function connect(access: Access, n: number, tag: string): Promise<MqttClient> {
  const user = access.user(n);
  const client = mqtt.connect(access.url, {
    clientId: `${tag}-${n}-${process.pid}`,
    ...(user ?? {}),
    reconnectPeriod: 0,
  });
  await new Promise<void>((done, fail) => {
    client.once("connect", () => done());
    client.once("error", fail);
    client.once("close", () => fail(new Error("closed")));
  }).catch((cause: unknown) => {
    client.end(true);
    throw cause;
  });
  const { stream } = client;
  if ("setNoDelay" in stream && typeof stream.setNoDelay === "function") stream.setNoDelay(true);
  return client;
}

let nextRecord = Math.floor(Date.now() / 1000) % 1_000_000_000;
/** A record's number that no terminal has used yet. */
export const freshRecord = (): number => nextRecord++;

export interface Latency {
  /** ms from publishing a record to the unlock command, one a sample. */
  readonly relay: readonly number[];
  /** ms from the unlock command to the terminal's acknowledgement, which goes out when the row is on the disk. */
  readonly gap: readonly number[];
  readonly sent: number;
  readonly unanswered: number;
}

/** Waits for a condition that messages bring about, at most `withinMs`. */
async function settled(what: () => boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!what() && performance.now() < end) await new Promise((next) => setTimeout(next, 5));
}

/** Latency from publishing a record to the unlock command, at `perSecond` (every other terminal round strangers), over `terminals` terminals. */
export async function latency(
  access: Access,
  settings: {
    readonly terminals: number;
    readonly perSecond: number;
    readonly seconds: number;
    readonly customId: (i: number) => string;
    /** Whether acknowledgements are waited for, too. */
    readonly acknowledged: boolean;
  },
): Promise<Latency> {
  const clients = await Promise.all(
    Array.from({ length: settings.terminals }, (_, n) => connect(access, n, "latency")),
  );
  const sentAt = new Array<number>(settings.terminals).fill(0);
  const openedAt = new Array<number>(settings.terminals).fill(0);
  const relay: number[] = [];
  const gap: number[] = [];
  let acknowledged = 0;
  await Promise.all(
    clients.map(async (client, n) => {
      client.on("message", (_topic, payload) => {
        const at = performance.now();
        if (payload.includes('"PushAck"')) {
          acknowledged++;
          if (openedAt[n] !== 0) gap.push(at - (openedAt[n] ?? at));
          openedAt[n] = 0;
          return;
        }
        if (sentAt[n] === 0 || !payload.includes('"Unlock"')) return;
        relay.push(at - (sentAt[n] ?? at));
        sentAt[n] = 0;
        openedAt[n] = at;
      });
      await client.subscribeAsync(`mqtt/face/${deviceIdOf(n)}`, { qos: 0 });
    }),
  );
  const total = settings.perSecond * settings.seconds;
  let openings = 0;
  const began = performance.now();
  for (let i = 0; i < total; i++) {
    const due = began + (i * 1000) / settings.perSecond;
    while (performance.now() < due) await new Promise((next) => setTimeout(next, Math.max(0, due - performance.now())));
    const n = i % settings.terminals;
    const client = clients[n];
    if (client === undefined) continue;
    // Each terminal's rounds take turns: somebody on the list, then a stranger, so that a lane's opening is over before its next.
    const known = Math.floor(i / settings.terminals) % 2 === 0;
    const message = record(n, nextRecord++, known ? settings.customId(i) : `X-${i}`);
    if (known) {
      openings++;
      openedAt[n] = 0;
      sentAt[n] = performance.now();
    }
    client.publish(`mqtt/face/${deviceIdOf(n)}/Rec`, message, { qos: 1 });
  }
  await settled(() => relay.length >= openings && (!settings.acknowledged || acknowledged >= total), 1_000);
  await Promise.all(clients.map((client) => client.endAsync(true)));
  return { relay, gap, sent: total, unanswered: openings - relay.length };
}

/** Asks at terminals in turn, one record each 10 ms, until the first unlock command; `undefined` when it never comes. */
export async function firstDecision(
  access: Access,
  settings: { readonly terminals: number; readonly customId: (i: number) => string; readonly withinMs: number },
): Promise<number | undefined> {
  const end = performance.now() + settings.withinMs;
  let client: MqttClient | undefined;
  // Only one terminal: an embedded broker knows each by its own account.
  while (client === undefined && performance.now() < end) {
    client = await connect(access, 0, "probe").catch(() => undefined);
    if (client === undefined) await new Promise((next) => setTimeout(next, 10));
  }
  if (client === undefined) return undefined;
  const asking = client;
  let at: number | undefined;
  asking.on("message", (_topic, payload) => {
    if (payload.includes('"Unlock"')) at ??= performance.now();
  });
  await asking.subscribeAsync(`mqtt/face/${deviceIdOf(0)}`, { qos: 0 });
  for (let i = 0; at === undefined && performance.now() < end; i++) {
    asking.publish(`mqtt/face/${deviceIdOf(0)}/Rec`, record(0, nextRecord++, settings.customId(i)), { qos: 0 });
    await new Promise((next) => setTimeout(next, 10));
  }
  await asking.endAsync(true);
  return at;
}

/** Records a second with `publishers` publishers and `inFlight` unacknowledged each; counted at the terminals' answers (PushAck). */
export async function throughput(
  access: Access,
  settings: {
    readonly publishers: number;
    readonly inFlight: number;
    readonly total: number;
    readonly customId: (i: number) => string;
    readonly answered: "PushAck" | "Unlock";
  },
): Promise<{ readonly perSecond: number; readonly seconds: number; readonly sent: number }> {
  const clients = await Promise.all(Array.from({ length: settings.publishers }, (_, n) => connect(access, n, "flood")));
  let sent = 0;
  let answered = 0;
  const began = performance.now();
  await new Promise<void>((done, fail) => {
    const stuck = setTimeout(() => fail(new Error(`stuck after ${answered} of ${settings.total}`)), 120_000);
    clients.forEach((client, n) => {
      const send = () => {
        if (sent >= settings.total) return;
        const message = record(n, nextRecord++, settings.customId(sent++));
        client.publish(`mqtt/face/${deviceIdOf(n)}/Rec`, message, { qos: 1 });
      };
      client.on("message", (_topic, payload) => {
        if (!payload.includes(`"${settings.answered}"`)) return;
        answered++;
        if (answered === settings.total) {
          clearTimeout(stuck);
          done();
          return;
        }
        send();
      });
      void client.subscribeAsync(`mqtt/face/${deviceIdOf(n)}`, { qos: 0 }).then(() => {
        for (let i = 0; i < settings.inFlight; i++) send();
      }, fail);
    });
  });
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(clients.map((client) => client.endAsync(true)));
  return { perSecond: Math.round(settings.total / seconds), seconds, sent };
}

/** One terminal sends records with a picture of `bytes`, one each `everyMs`, until called off. */
export async function pictures(
  access: Access,
  settings: { readonly terminal: number; readonly bytes: number; readonly everyMs: number },
): Promise<() => Promise<void>> {
  const client = await connect(access, settings.terminal, "pictures");
  const picture = `data:image/jpeg;base64,${"A".repeat(settings.bytes)}`;
  const topic = `mqtt/face/${deviceIdOf(settings.terminal)}/Rec`;
  const sending = setInterval(() => {
    client.publish(topic, record(settings.terminal, nextRecord++, "X-picture", picture), { qos: 0 });
  }, settings.everyMs);
  return async () => {
    clearInterval(sending);
    await client.endAsync(true);
  };
}
