// The floor on a serial line: a bare serialport client that answers each frame on one line with a relay request on another.
import { SerialPort } from "serialport";

const REQUEST = Buffer.from("0105020000058DB1", "hex");
const open = (path) => new SerialPort({ path, baudRate: 115200 });
const relays = open(process.env.BENCH_RELAYS);
for (const path of process.env.BENCH_MODULES.split(" ")) open(path).on("data", () => relays.write(REQUEST));
