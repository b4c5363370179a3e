/** Where a broker's address leads, and what its certificate must be for. */
import { expect, it } from "vitest";
import { addressOf } from "../../src/adapters/mqtt-dial.ts";

it.each([
  ["mqtt://broker.example", { secure: false, host: "broker.example", port: 1883, servername: "broker.example" }],
  ["mqtts://broker.example", { secure: true, host: "broker.example", port: 8883, servername: "broker.example" }],
  ["mqtts://10.0.0.7:8884", { secure: true, host: "10.0.0.7", port: 8884 }],
  ["mqtt://[::1]:1884", { secure: false, host: "::1", port: 1884 }],
  ["mqtts://[fd00::7]", { secure: true, host: "fd00::7", port: 8883 }],
])("%s", (url, address) => {
  expect(addressOf(url)).toEqual(address);
});
