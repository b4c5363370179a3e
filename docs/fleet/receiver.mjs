#!/usr/bin/env node
// Takes what gates tell out of the cluster and puts it into PostgreSQL: in batches, acknowledged after the commit, so
// that what dies in between comes again and is known by its id. Run as many as you like: they share one consumer.
//   NATS_URLS=nats://a:4222,nats://b:4222  MQTT_URL=mqtt://balancer:1883  DATABASE_URL=postgres://…  node receiver.mjs
// Needs the packages @nats-io/transport-node, @nats-io/jetstream, mqtt and pg.
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { connectAsync } from "mqtt";
import pg from "pg";

const STREAM = "$MQTT_msgs";
const SUBJECT = "$MQTT.msgs.gatepost.v1.>";
const BATCH = 1_000;
const { NATS_URLS = "nats://127.0.0.1:4222", MQTT_URL = "mqtt://127.0.0.1:1883", DATABASE_URL } = process.env;

let ending = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (ending = true));
const pause = (ms) => new Promise((next) => setTimeout(next, ms));

/** Again until it works: nodes come and go. */
async function persist(what, act) {
  for (let tries = 0; ; tries++) {
    try {
      return await act();
    } catch (cause) {
      if (ending) throw cause;
      console.error(`${what}: ${cause.message}`);
      await pause(Math.random() * Math.min(10_000, 250 * 2 ** tries));
    }
  }
}

const columns = [
  "site",
  "gate",
  "id",
  "stream",
  "seq",
  "previous_seq",
  "kind",
  "time",
  "clock_trust",
  "hash",
  "message",
];
const types = ["text", "text", "text", "text", "bigint", "bigint", "text", "timestamptz", "text", "text", "jsonb"];
const INSERT = `insert into record (${columns.join(", ")})
  select * from unnest(${types.map((type, n) => `$${n + 1}::${type}[]`).join(", ")}) on conflict do nothing`;
const TRAFFIC = `insert into traffic as t (site, gate, lane, quarter, revision, message) values ($1, $2, $3, $4, $5, $6)
  on conflict (site, gate, lane, quarter) do update set revision = excluded.revision, message = excluded.message
  where excluded.revision > t.revision`;
const GATE = `insert into gate as g (site, gate, kind, epoch_ms, online, message) values ($1, $2, $3, $4, $5, $6)
  on conflict (site, gate, kind) do update
  set epoch_ms = excluded.epoch_ms, online = excluded.online, message = excluded.message, heard_at = now()
  where excluded.epoch_ms >= g.epoch_ms`;

function rowOf(kind, m) {
  const { site, gate, id, stream, seq, previousSeq, time, clockTrust, hash } = m;
  return [site, gate, id, stream, seq, previousSeq, kind, time, clockTrust, hash, JSON.stringify(m)];
}

/** One transaction for all of it. Returns how many were new. */
async function store(client, told) {
  const records = told.filter(({ m }) => m.stream !== undefined).map(({ kind, m }) => rowOf(kind, m));
  await client.query("begin");
  try {
    let fresh = 0;
    if (records.length > 0) {
      const { rowCount } = await client.query(
        INSERT,
        columns.map((_, n) => records.map((row) => row[n])),
      );
      fresh = rowCount;
    }
    for (const { kind, m } of told) {
      const about = [m.site, m.gate];
      if (kind === "traffic") await client.query(TRAFFIC, [...about, m.lane, m.quarter, m.revision, JSON.stringify(m)]);
      if (kind === "status" || kind === "health")
        await client.query(GATE, [...about, kind, m.epochMs, m.online ?? null, JSON.stringify(m)]);
    }
    await client.query("commit");
    return { records: records.length, fresh };
  } catch (cause) {
    await client.query("rollback").catch(() => undefined);
    throw cause;
  }
}

/** What isn't JSON, or names nobody, is told of and let go: one bad message must not stop the county. */
function read(message) {
  try {
    const m = JSON.parse(new TextDecoder().decode(message.data));
    if (typeof m.site !== "string" || typeof m.gate !== "string") throw new Error("no site or gate");
    return { kind: message.subject.slice(message.subject.lastIndexOf(".") + 1), m };
  } catch (cause) {
    console.error(`${message.subject}: ${cause.message}`);
    return undefined;
  }
}

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 2 });
pool.on("error", (cause) => console.error(`database: ${cause.message}`));
// The first MQTT session makes the stream; without a consumer a broker acknowledges and keeps nothing.
await persist("mqtt", async () =>
  (await connectAsync(MQTT_URL, { protocolVersion: 4, reconnectPeriod: 0 })).endAsync(),
);
const nc = await persist("nats", () =>
  connect({ servers: NATS_URLS.split(","), maxReconnectAttempts: -1, reconnectTimeWait: 250 }),
);
const consumer = await persist("consumer", async () => {
  const manager = await jetstreamManager(nc, { checkAPI: false });
  await manager.consumers.add(STREAM, {
    durable_name: "county",
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: 30_000_000_000,
    max_ack_pending: 20_000,
    filter_subject: SUBJECT,
  });
  return jetstream(nc, { checkAPI: false }).consumers.get(STREAM, "county");
});
console.log("receiving");

let total = { records: 0, fresh: 0 };
while (!ending) {
  await persist("batch", async () => {
    const batch = [];
    for await (const message of await consumer.fetch({ max_messages: BATCH, expires: 1_000 })) batch.push(message);
    if (batch.length === 0) return;
    const client = await pool.connect();
    try {
      const told = await store(
        client,
        batch.map(read).filter((one) => one !== undefined),
      );
      total = { records: total.records + told.records, fresh: total.fresh + told.fresh };
    } finally {
      client.release();
    }
    for (const message of batch) message.ack();
    console.log(`stored ${total.fresh} of ${total.records}`);
  }).catch((cause) => console.error(cause.message));
}
await nc.drain();
await pool.end();
