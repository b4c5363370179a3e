// The floor for a pushed event: Node's own server, one write to the relay board's line, and the answer.

import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";

const relays = openSync(process.env.BENCH_RELAYS, "r+");
const flash = Buffer.from(process.env.BENCH_FLASH, "hex");
createServer((request, response) => {
  request.on("data", () => undefined);
  request.on("end", () => {
    writeSync(relays, flash);
    response.end();
  });
}).listen(Number(process.env.BENCH_PORT), "127.0.0.1");
