// The floor for the guard's page: fastify, a bare page with a button a lane, one event stream. A tap goes out as an unlock
// command over Mosquitto, and so does each record; the page is told of both. No decision, no row, no account.
import fastify from "fastify";
import mqtt from "mqtt";

const LANES = [0, 1, 2, 3];
const terminalOf = { "lane-0": "900000", "lane-1": "900001", "lane-2": "900030", "lane-3": "900031" };
const laneOf = (device) => {
  const n = Number(device.slice(-2));
  return n < 30 ? `lane-${n % 2}` : `lane-${n - 28}`;
};
const page = `<!doctype html><meta charset="utf-8"><title>echo</title>
${LANES.map((n) => `<article data-lane="lane-${n}"><p data-barrier="closed">closed</p><button data-order="open">开门</button></article>`).join("\n")}
<ul></ul><script src="/page.js"></script>`;
const script = `for (const lane of document.querySelectorAll("[data-lane]"))
  lane.querySelector("button").onclick = () => fetch("/open/" + lane.dataset.lane, { method: "POST" });
const stream = new EventSource("/stream");
const list = document.querySelector("ul");
stream.addEventListener("lane", (event) => {
  const { id, barrier } = JSON.parse(event.data);
  const shown = document.querySelector("[data-lane=" + id + "] p");
  shown.dataset.barrier = shown.textContent = barrier;
});
stream.addEventListener("row", (event) => {
  const row = document.createElement("li");
  row.textContent = event.data;
  list.prepend(row);
  if (list.children.length > 20) list.lastChild.remove();
});`;

const streams = new Set();
const tell = (event, data) => {
  for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
};
const client = mqtt.connect(process.env.BENCH_MQTT, { clientId: "bench-page-echo" });
client.on("connect", () => {
  client.stream.setNoDelay(true);
  client.subscribe("mqtt/face/+/Rec", { qos: 1 });
});
function open(id, device, record) {
  client.publish(`mqtt/face/${device}`, JSON.stringify({ operator: "Unlock", info: { openDoor: "1", id: record } }));
  tell("lane", { id, barrier: "opening" });
  setTimeout(() => tell("lane", { id, barrier: "closed" }), 400);
}
client.on("message", (topic, payload) => {
  const device = topic.split("/")[2];
  const { info } = JSON.parse(payload.toString("utf8"));
  tell("row", { device, person: info.customId, record: info.RecordID });
  if (!info.customId.startsWith("X-")) open(laneOf(device), device, info.RecordID);
  client.publish(
    `mqtt/face/${device}`,
    JSON.stringify({ operator: "PushAck", info: { SnapOrRecordID: info.RecordID } }),
  );
});

const app = fastify();
app.get("/", (_, answer) => answer.type("text/html").send(page));
app.get("/page.js", (_, answer) => answer.type("text/javascript").send(script));
app.get("/stream", (request, answer) => {
  answer.hijack();
  answer.raw.writeHead(200, { "content-type": "text/event-stream" });
  answer.raw.write(": hello\n\n");
  streams.add(answer.raw);
  request.raw.on("close", () => streams.delete(answer.raw));
});
app.post("/open/:lane", (request) => {
  open(request.params.lane, terminalOf[request.params.lane], "0");
  return { ok: true };
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.BENCH_PORT) });
