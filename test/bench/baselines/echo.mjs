// The floor: a bare mqtt.js client that answers each record with an unlock command. No decision, no row.
import mqtt from "mqtt";

const client = mqtt.connect(process.env.BENCH_MQTT, {
  clientId: "bench-echo",
  ...(process.env.BENCH_USER ? { username: process.env.BENCH_USER, password: process.env.BENCH_PASSWORD } : {}),
});
client.on("connect", () => {
  client.stream.setNoDelay(true);
  client.subscribe("mqtt/face/+/Rec", { qos: 1 }, () => process.send?.("ready"));
});
client.on("message", (topic, payload) => {
  const device = topic.split("/")[2];
  const event = JSON.parse(payload.toString("utf8"));
  client.publish(
    `mqtt/face/${device}`,
    JSON.stringify({ operator: "Unlock", info: { openDoor: "1", id: event.info.RecordID } }),
    { qos: 0 },
  );
});
