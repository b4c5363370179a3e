/** Promises 3 and 4 with the disk full under the running program: it opens for residents, and tells nobody that a row is kept. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fill, mayMount, smallDisk } from "../keeping/small-disk.ts";
import { openPlace, serialPair, startGate, startMosquitto, until } from "./place.ts";
import { ANSWERS, importResidents, REC, recPush, siteYaml, storedRows, watchBoard } from "./site.ts";

/** More than a broker as shipped delivers without being answered. */
const EVENTS = 45;
const IN_FLIGHT = 20;

test.runIf(mayMount())(
  "forty-five events on a full disk are decided, and recorded once there is room",
  async () => {
    const place = openPlace();
    onTestFinished(() => place.leave());
    const data = join(place.dir, "data");
    mkdirSync(data);
    smallDisk(data);
    const broker = await startMosquitto(place, IN_FLIGHT);
    const relays = await serialPair(place, "relays");
    const board = await watchBoard(relays.theirs);
    const yaml = siteYaml({ mqtt: `{ external: { url: "${broker.url}" } }`, relays: relays.ours });
    place.write("gate.yaml", yaml);
    await importResidents(place);
    const ear = place.run("mosquitto_sub", ["-p", String(broker.port), "-t", ANSWERS, "-v"]);
    const gate = await startGate(place, yaml);
    const say = (text: string) =>
      execFileSync("mosquitto_pub", ["-p", String(broker.port), "-t", REC, "-m", text, "-q", "1"]);

    // The reserve is used up as well.
    rmSync(join(data, "journal.sqlite.reserve"));
    const stone = join(data, "stone");
    fill(stone);
    const rows = storedRows(place).length;
    for (let n = 0; n < EVENTS; n++) say(recPush(n % 2 === 0 ? "R-0417" : "R-9999").text);
    const metric = async () => fetch(`${gate.page}/metrics`).then((answer) => answer.text());
    const waiting = async () => Number(/journal_waiting_rows (\d+)/m.exec(await metric())?.[1] ?? 0);
    await until(async () => (await waiting()) >= EVENTS, 30_000, gate.running.printed);
    await until(() => board.writes().length > 0);
    expect(ear.printed()).not.toContain('"PushAck"');

    rmSync(stone);
    const told = () => ear.printed().split('"PushAck"').length - 1;
    await until(
      () => told() === EVENTS,
      15_000,
      () => `${told()} told ${gate.running.printed().slice(-2_000)}`,
    );
    const stored = storedRows(place)
      .slice(rows)
      .filter((row) => row.kind === "decision");
    expect(stored.length).toBe(EVENTS);
    expect(await gate.running.stop()).toBe(0);
  },
  60_000,
);
