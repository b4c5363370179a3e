/** Promise 1 on a serial line that takes no more bytes: what waited in it is never sent later. */
import { expect, it, onTestFinished } from "vitest";
import { openPty } from "../../src/adapters/pty.ts";
import { openSerial } from "../../src/adapters/serial.ts";
import { until } from "../whole/place.ts";

it("jammed: told, opened anew by itself, and nothing of what waited goes out afterwards", async () => {
  const pty = openPty(); // nobody reads its other end yet
  onTestFinished(pty.close);
  const line = openSerial(
    { path: pty.path, baud: 9_600, dataBits: 8, parity: "none", stopBits: 1 },
    { now: () => performance.now(), random: () => 1 },
  );
  onTestFinished(() => line.close());
  const downs: (string | undefined)[] = [];
  line.onState(({ is, why }) => is === "down" && downs.push(why));
  await until(() => line.state().is === "up");
  const filler = line.write(Buffer.alloc(1_000_000, "."));
  const order = line.write(Buffer.from("OPEN-OLD"));
  await Promise.all([filler, order].map((one) => expect(one).rejects.toMatchObject({ code: "SERIAL_LOST" })));
  expect(downs).toEqual([`${pty.path}: it takes no bytes`]);

  let heard = "";
  pty.onBytes((bytes) => {
    heard += Buffer.from(bytes).toString("latin1");
  });
  await until(() => line.state().is === "up");
  await line.write(Buffer.from("OPEN-NEW"));
  await until(() => heard.includes("OPEN-NEW"));
  expect(heard).not.toContain("OPEN-OLD");
});
