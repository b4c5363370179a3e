// The same job as a Node-RED flow: mqtt in → json → function (look-up, row) → mqtt out. Node-RED is installed apart, by
// the bench, in BENCH_NODE_RED. Its database is better-sqlite3 through the function node's context: kinder to Node-RED
// than its own sqlite node. TCP is tuned as for everybody else (no Nagle at the broker; Node-RED's client as it ships).

import { writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(`${process.env.BENCH_NODE_RED}/`);
const ours = createRequire(import.meta.url);
const RED = require("node-red");
const Database = ours("better-sqlite3");

const people = new Database(process.env.BENCH_PEOPLE, { readonly: true });
const db = new Database(process.env.BENCH_DB);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("CREATE TABLE event(id INTEGER PRIMARY KEY, device TEXT, record TEXT, who TEXT, granted INTEGER, at INTEGER)");

const url = new URL(process.env.BENCH_MQTT);
const flow = [
  { id: "tab", type: "tab", label: "gate" },
  {
    id: "broker",
    type: "mqtt-broker",
    name: "",
    broker: url.hostname,
    port: url.port,
    clientid: "bench-node-red",
    autoConnect: true,
    usetls: false,
    protocolVersion: "4",
    keepalive: "60",
    cleansession: true,
  },
  {
    id: "in",
    type: "mqtt in",
    z: "tab",
    topic: "mqtt/face/+/Rec",
    qos: "1",
    datatype: "json",
    broker: "broker",
    inputs: 0,
    wires: [["decide"]],
  },
  {
    id: "decide",
    type: "function",
    z: "tab",
    func: `
      const find = global.get("find"), insert = global.get("insert");
      const device = msg.topic.split("/")[2];
      const info = msg.payload.info;
      const who = find.get(info.customId);
      insert.run(device, info.RecordID, info.customId, who === undefined ? 0 : 1, Date.now());
      const topic = "mqtt/face/" + device;
      const ack = { topic, payload: { operator: "PushAck", info: { SnapOrRecordID: info.RecordID } } };
      if (who === undefined) return [[ack]];
      return [[{ topic, payload: { operator: "Unlock", info: { openDoor: "1", id: info.RecordID } } }, ack]];`,
    outputs: 1,
    wires: [["out"]],
  },
  { id: "out", type: "mqtt out", z: "tab", topic: "", qos: "0", retain: "false", broker: "broker", wires: [] },
];

// As a site has it: the flow lies in its folder and is started with the rest.
writeFileSync(join(process.env.BENCH_DIR, "flow.json"), JSON.stringify(flow));
const server = http.createServer();
server.listen(0, "127.0.0.1");
RED.init(server, {
  httpAdminRoot: false,
  httpNodeRoot: false,
  userDir: process.env.BENCH_DIR,
  flowFile: "flow.json",
  logging: { console: { level: "warn", metrics: false, audit: false } },
  functionGlobalContext: {
    find: people.prepare("SELECT holder FROM credential WHERE value = ?"),
    insert: db.prepare("INSERT INTO event(device, record, who, granted, at) VALUES (?, ?, ?, ?, ?)"),
  },
  telemetry: { enabled: false },
});
await RED.start();
// Ready once its subscription has come through: the driver sends a probe until it is answered.
process.send?.("ready");
