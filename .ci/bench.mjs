#!/usr/bin/env node
// `npm run bench [-- --quick [--links] [--page]] [--only PART,PART] [--json FILE] [--record]`: builds the product and the bench,
// installs what it compares with when it may, and runs it; `--record` writes docs/performance.md. Everything it makes is in bench-results/.
import { program, provide } from "./program.mjs";

provide([
  ["command -v mosquitto", "mosquitto", "everything over Mosquitto"],
  ["/usr/bin/python3 -c 'import paho.mqtt.client'", "python3-paho-mqtt", "the Python script"],
  ["command -v gcc && test -e /usr/include/stdio.h", "gcc libc6-dev", "the slow disk"],
]);
await program("test/bench/bench.ts", "program", process.argv.slice(2));
