/** Promise 3: the power comes back and the disk is full. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { verifyFile } from "../../src/adapters/journal-reader.ts";
import { keepReserve, openWithReserve } from "../../src/adapters/reserve.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { GateError } from "../../src/core/fault.ts";
import { skeleton } from "../../src/core/plates.ts";
import { at, decision, durable, open, place } from "./journal-place.ts";
import { fill, mayMount, smallDisk } from "./small-disk.ts";

it.runIf(mayMount())(
  "a start on a full disk decides, and records once there is room",
  async () => {
    const dir = join(place(), "data");
    mkdirSync(dir);
    smallDisk(dir);
    const file = join(dir, "journal.sqlite");
    const list = join(dir, "whitelist.sqlite");
    const before = openWhitelist({ file: list, skeleton });
    before.replaceAll(
      [
        {
          id: "1",
          name: "张伟",
          kind: "resident",
          blocked: false,
          slow: false,
          levels: ["all"],
          credentials: [{ type: "card", value: "1234", original: "1234" }],
        },
      ],
      "test",
      0,
    );
    before.close();
    const first = open(file);
    first.append(decision(1));
    await durable(first, 1);
    await first.close();
    rmSync(`${file}.reserve`);
    const room = join(dir, "start.reserve");
    keepReserve(room);
    const stone = join(dir, "stone");
    fill(stone);

    // Twice: what the first start gave up is not there for the second one.
    for (const n of [2, 3]) {
      const whitelist = openWithReserve(room, () => openWhitelist({ file: list, skeleton }));
      expect(whitelist.find("card", "1234")?.holder.name).toBe("张伟");
      const journal = openWithReserve(room, () => open(file));
      expect(journal.used("face-1", `e${n - 1}`)).toBe(true);
      fill(stone);
      for (let more = 0; more < 500; more++)
        journal.append({ kind: "device", now: at(n), open: { filled: "x".repeat(2_000) } });
      const seq = journal.append(decision(n));
      journal.write();
      expect(journal.used("face-1", `e${n}`)).toBe(true);
      expect(journal.state().is).toBe("failing");
      rmSync(stone);
      await durable(journal, seq);
      expect(journal.state().is).toBe("good");
      rmSync(`${file}.reserve`, { force: true });
      fill(stone);
      await journal.close();
      whitelist.close();
    }
    expect(verifyFile(file).bad).toBeUndefined();
    expect(existsSync(`${list}.damaged`)).toBe(false);
  },
  30_000,
);

it("without a reserve the fault is told as it is", () => {
  const full = new GateError("DATABASE_FULL", "no room");
  const opened = () =>
    openWithReserve(join(place(), "none"), () => {
      throw full;
    });
  expect(opened).toThrow(full);
});
