/** Plays the terminals of a street against one subject and measures what comes back, over a broker that others run. */
import mqtt, { type MqttClient } from "mqtt";

export interface Access {
  readonly url: string;
  /** Credential of terminal `n`; a broker without accounts ignores it. */
  readonly user: (n: number) => { readonly username: string; readonly password: string } | undefined;
}

export interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

/** µs, from a list of milliseconds. */
export function spread(ms: readonly number[]): Spread {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 1000);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1), count: sorted.length };
}

export const deviceIdOf = (n: number) => `90${String(n).padStart(4, "0")}`;

function localTime(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

/** A face terminal's record as the vendor's document prints it, without pictures. */
export function record(n: number, recordId: number, customId: string): string {
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
    },
  });
}

async function connect(access: Access, n: number, tag: string): Promise<MqttClient> {
  const user = access.user(n);
  const client = mqtt.connect(access.url, {
    clientId: `${tag}-${n}-${process.pid}`,
    ...(user ?? {}),
    reconnectPeriod: 0,
  });
  await new Promise<void>((done, fail) => {
    client.once("connect", () => done());
    client.once("error", fail);
  });
  const { stream } = client;
  if ("setNoDelay" in stream && typeof stream.setNoDelay === "function") stream.setNoDelay(true);
  return client;
}

let nextRecord = Math.floor(Date.now() / 1000) % 1_000_000_000;

/** Latency from publishing a record to the unlock command, at `perSecond`, over `terminals` terminals. */
export async function latency(
  access: Access,
  settings: {
    readonly terminals: number;
    readonly perSecond: number;
    readonly seconds: number;
    readonly customId: (i: number) => string;
  },
): Promise<Spread & { readonly unanswered: number }> {
  const clients = await Promise.all(
    Array.from({ length: settings.terminals }, (_, n) => connect(access, n, "latency")),
  );
  const sentAt: number[] = new Array<number>(settings.terminals).fill(0);
  const times: number[] = [];
  await Promise.all(
    clients.map(async (client, n) => {
      client.on("message", (_topic, payload) => {
        const at = performance.now();
        if (sentAt[n] === 0 || !payload.includes('"Unlock"')) return;
        times.push(at - (sentAt[n] ?? at));
        sentAt[n] = 0;
      });
      await client.subscribeAsync(`mqtt/face/${deviceIdOf(n)}`, { qos: 0 });
    }),
  );
  const total = settings.perSecond * settings.seconds;
  const began = performance.now();
  for (let i = 0; i < total; i++) {
    const due = began + (i * 1000) / settings.perSecond;
    while (performance.now() < due) await new Promise((next) => setTimeout(next, Math.max(0, due - performance.now())));
    const n = i % settings.terminals;
    const client = clients[n];
    if (client === undefined) continue;
    const message = record(n, nextRecord++, settings.customId(i));
    sentAt[n] = performance.now();
    client.publish(`mqtt/face/${deviceIdOf(n)}/Rec`, message, { qos: 1 });
  }
  await new Promise((done) => setTimeout(done, 500));
  await Promise.all(clients.map((client) => client.endAsync(true)));
  return { ...spread(times), unanswered: total - times.length };
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
