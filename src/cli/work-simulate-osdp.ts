/** `gatepost simulate osdp-reader`: a reader with a key on a real or simulated bus, that presents cards and PINs. */
import { randomBytes } from "node:crypto";
import { openSerial } from "../adapters/serial.ts";
import type { Words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import type { OsdpProfile } from "../decode/profile.ts";
import { openOsdpReader } from "../simulator/osdp-reader.ts";
import { wiegand26 } from "../simulator/osdp-wire.ts";
import type { SimulateOptions, SimulateResult } from "./works.ts";

/** Long enough to be greeted and asked for what is kept, once. */
const GREETED_MS = 3_000;

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

export async function simulateOsdp(
  profile: OsdpProfile,
  options: SimulateOptions,
  tell: (progress: Words) => void,
): Promise<SimulateResult> {
  const { address = "0", key } = options.params;
  if (key !== undefined && !/^[0-9A-Fa-f]{32}$/.test(key))
    throw new GateError("INPUT_INVALID", "--param key=… should be 32 hex digits; absent = the maker's default key");
  const { baud, dataBits, parity, stopBits } = profile.link;
  const line = openSerial(
    { path: options.link, baud, dataBits, parity, stopBits },
    { now: () => performance.now(), random: Math.random },
  );
  const reader = openOsdpReader({
    address: Number(address),
    random: (bytes) => Uint8Array.from(randomBytes(bytes)),
    now: () => performance.now(),
    ...(key === undefined ? {} : { key: Uint8Array.from(Buffer.from(key, "hex")) }),
    output: (channel, ms) => tell({ zh: `继电器 ${channel} 吸合 ${ms} 毫秒`, en: `relay ${channel} on for ${ms} ms` }),
  });
  line.onBytes((bytes) => {
    const reply = reader.hear(bytes);
    if (reply !== undefined) void line.write(reply);
  });
  await pause(GREETED_MS);
  const values = options.values.length === 0 ? ["0008065495"] : options.values;
  for (let i = 0; i < options.count; i++) {
    if (i > 0) await pause(options.everyMs);
    const value = values[i % values.length] ?? "";
    tell({ zh: `出示 ${value}`, en: `presents ${value}` });
    present(reader, value);
  }
  await pause(1_000);
  await line.close();
  return { sent: options.count, acknowledged: 0, commands: reader.shown.length };
}

/** Ten digits are a card's number, `2580#` is a PIN, anything else of 0 and 1 the bits themselves. */
function present(reader: ReturnType<typeof openOsdpReader>, value: string): void {
  if (value.endsWith("#")) return reader.keys(value);
  if (/^[01]{26,}$/.test(value)) return reader.card(value);
  const number = Number(value);
  if (!/^[0-9]{1,10}$/.test(value) || number > 0xff_ffff)
    throw new GateError("INPUT_INVALID", `${value} is no card of 26 bits (0..16777215), PIN (2580#) or row of bits`);
  reader.card(wiegand26(number >> 16, number & 0xffff));
}
