// A minimal script of ours: mqtt.js → JSON.parse + zod → SQLite look-up → one row → unlock command. MODE=row-sync commits
// and syncs each row before it opens (what a careful script does); MODE=open-first opens, then one group sync per turn.
import Database from "better-sqlite3";
import mqtt from "mqtt";
import { z } from "zod";

const Record = z.object({
  operator: z.literal("RecPush"),
  info: z.object({ customId: z.string(), RecordID: z.string(), VerifyStatus: z.string(), time: z.string() }),
});
const people = new Database(process.env.BENCH_PEOPLE, { readonly: true });
const find = people.prepare("SELECT holder FROM credential WHERE value = ?");
const db = new Database(process.env.BENCH_DB);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("CREATE TABLE event(id INTEGER PRIMARY KEY, device TEXT, record TEXT, who TEXT, granted INTEGER, at INTEGER)");
const insert = db.prepare("INSERT INTO event(device, record, who, granted, at) VALUES (?, ?, ?, ?, ?)");
const openFirst = process.env.MODE === "open-first";

const client = mqtt.connect(process.env.BENCH_MQTT, { clientId: "bench-minimal" });
client.on("connect", () => {
  client.stream.setNoDelay(true);
  client.subscribe("mqtt/face/+/Rec", { qos: 1 }, () => process.send?.("ready"));
});
const answer = (device, operator, id) =>
  client.publish(`mqtt/face/${device}`, JSON.stringify({ operator, info: { openDoor: "1", id, SnapOrRecordID: id } }), {
    qos: 0,
  });

let waiting = [];
function flush() {
  const rows = waiting;
  waiting = [];
  db.transaction(() => {
    for (const row of rows) insert.run(...row);
  })();
  for (const row of rows) answer(row[0], "PushAck", row[1]);
}

client.on("message", (topic, payload) => {
  const device = topic.split("/")[2];
  const event = Record.safeParse(JSON.parse(payload.toString("utf8")));
  if (!event.success) return;
  const { customId, RecordID } = event.data.info;
  const who = find.get(customId);
  const row = [device, RecordID, customId, who === undefined ? 0 : 1, Date.now()];
  if (!openFirst) {
    insert.run(...row);
    if (who !== undefined) answer(device, "Unlock", RecordID);
    answer(device, "PushAck", RecordID);
    return;
  }
  if (who !== undefined) answer(device, "Unlock", RecordID);
  if (waiting.push(row) === 1) setImmediate(flush);
});
