/** `gatepost decode` with the shipped profiles: lines of text, bytes, and what was passed over. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { houseAt } from "../../src/cli/house.ts";
import { decodeWork } from "../../src/cli/work-decode.ts";
import type { DecodeOptions } from "../../src/cli/works.ts";

const house = houseAt(fileURLToPath(new URL("../../", import.meta.url)));

async function decoded(profile: string, text: string, more: Partial<DecodeOptions> = {}) {
  const { readings, skipped } = await decodeWork(house, { profile, text, hex: false, params: {}, ...more });
  const values = readings.map((reading) => {
    if (reading.is === "fault") return reading.fault.code;
    return reading.reports.map((report) => (report.is === "presented" ? report.claim.value : report.is)).join();
  });
  return { values, skipped };
}

it("a reader's lines, a card number of hex digits among them", async () => {
  expect(await decoded("ascii-line-reader", "0005913727\nVIS-8842\n")).toEqual({
    values: ["0005913727", "VIS-8842"],
    skipped: 0,
  });
});

it("the same as bytes", async () => {
  expect(await decoded("ascii-line-reader", "303030353931333732370D", { hex: true })).toEqual({
    values: ["0005913727"],
    skipped: 0,
  });
});

it("junk around a module's frame is counted", async () => {
  const { values, skipped } = await decoded("sense-uart", "FFFFFFEFAA000002120D1D00", { hex: true });
  expect([values[0], skipped]).toEqual(["heartbeat,ignored", 4]);
});
