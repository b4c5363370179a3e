/** Promise 4 against a technician who starts the gate by hand while the service runs: two must not write one journal. */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { verifyFile } from "../../src/adapters/journal-reader.ts";
import { openPlace, serialPair, startGate } from "./place.ts";
import { siteYaml, watchBoard } from "./site.ts";

const place = openPlace();
afterAll(() => place.leave());

test("a second gate on the same data ends at once and says why; the first goes on", { timeout: 60_000 }, async () => {
  const relays = await serialPair(place, "relays");
  await watchBoard(relays.theirs);
  const yaml = siteYaml({
    mqtt: "{ embedded: { port: 0 } }",
    relays: relays.ours,
    passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
  });
  const first = await startGate(place, yaml);
  await expect(startGate(place, yaml)).rejects.toThrow("DATABASE_BUSY");
  expect((await fetch(`${first.page}/readyz`)).ok).toBe(true);
  expect(await first.running.stop()).toBe(0);
  expect(verifyFile(join(place.dir, "data", "journal.sqlite")).bad).toBeUndefined();
  // The lock goes with its holder, however that ended.
  const next = await startGate(place, yaml);
  await next.running.stop("SIGKILL");
  expect(await (await startGate(place, yaml)).running.stop()).toBe(0);
});
