// A reader alone on a line is given another address, as a technician does it: on a real pseudo-terminal.
import { expect, it, onTestFinished } from "vitest";
import { openPty } from "../../src/adapters/pty.ts";
import { setCommunication } from "../../src/cli/work-devices-comset.ts";
import { BROADCAST, encodePacket } from "../../src/decode/osdp-packet.ts";
import { COMMANDS, communicationData } from "../../src/decode/osdp-words.ts";
import { toHex } from "../../src/decode/profile-framing.ts";
import { openOsdpReader } from "../../src/simulator/osdp-reader.ts";
import { KEY } from "./wire.ts";

it("is said as the standard's example has it", () => {
  const made = encodePacket({
    address: BROADCAST,
    sequence: 0,
    code: COMMANDS.communication,
    data: communicationData(0, 9600),
  });
  expect(toHex(made)).toBe("53 7F 0D 00 04 6E 00 80 25 00 00 6E 38");
});

function lineWith(reader: { readonly clear?: boolean; readonly key?: Uint8Array }, address = 0) {
  const pty = openPty();
  onTestFinished(() => pty.close());
  const one = openOsdpReader({
    address,
    random: (bytes) => new Uint8Array(bytes),
    now: () => performance.now(),
    ...reader,
  });
  pty.onBytes((bytes) => {
    const reply = one.hear(bytes);
    if (reply !== undefined) pty.write(reply);
  });
  return pty.path;
}
const WANTED = { from: 0, atBaud: 9600, address: 3, baud: 9600 };

it("a reader in clear text is another one from its answer on, and answers to nothing else", async () => {
  const path = lineWith({ clear: true });
  expect(await setCommunication(path, WANTED)).toEqual({ path, ...WANTED, is: "set" });
  expect(await setCommunication(path, WANTED)).toMatchObject({ is: "silent" });
  expect(await setCommunication(path, { ...WANTED, from: 3, address: 0 })).toMatchObject({ is: "set" });
});

it("one that has its key refuses, and one of another address isn't touched", async () => {
  expect(await setCommunication(lineWith({ key: KEY }), WANTED)).toMatchObject({
    is: "refused",
    why: "secure channel required",
  });
  expect(await setCommunication(lineWith({ clear: true }, 5), WANTED)).toMatchObject({
    is: "silent",
    why: "no answer",
  });
});

it("no such port", async () => {
  await expect(setCommunication("/dev/gatepost-none", WANTED)).rejects.toThrow("SERIAL_UNAVAILABLE");
});
