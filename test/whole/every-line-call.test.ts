/**
 * One call on a line fails, whichever it is, and one soon after it, while the gate runs: a read, a write, an open, the
 * terminal's settings, a connect. The gate decides on from its other links, the device is marked as long as its line is
 * gone, the line comes back by itself, the board moves again, nothing moves without its grant, and what a terminal was told
 * is kept.
 * `GATEPOST_FAILING_LINE_CALLS=200 npm test -- test/whole/every-line-call` is the long run; GATEPOST_SEED gives other calls.
 */
import { open } from "node:fs/promises";
import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { random } from "../../src/simulator/random.ts";
import { openControl, preload } from "./failing.ts";
import { recordOf, startTerminal } from "./load.ts";
import { openPlace, serialPair, startGate, startMosquitto, until } from "./place.ts";
import { FLASH, importResidents, RESIDENTS, siteYaml, storedRows, watchBoard } from "./site.ts";

const CALLS = Number(process.env.GATEPOST_FAILING_LINE_CALLS ?? 2);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
const { EIO, ENODEV, EAGAIN, ECONNRESET, ETIMEDOUT, EPIPE } = constants.errno;
/** Long enough for every back-off there is, on a busy machine. */
const WITHIN_MS = 60_000;

/** Somebody else each time: the same one again within seconds is one passage, and no further opening. */
const PEOPLE = Array.from({ length: 2_000 }, (_, n) => `${10_000 + n}`);
const LIST = `${RESIDENTS.split("\n")[0]}\n${PEOPLE.map((n) => `R-${n},住户${n},业主,3-1-302,R-${n},00059${n},,residents`).join("\n")}\n`;

const LINES = {
  "card reader": [EIO, ENODEV, EAGAIN],
  "relay board": [EIO, ENODEV, EAGAIN],
  broker: [ECONNRESET, ETIMEDOUT, EPIPE, EAGAIN],
} as const;
/** The device that is marked when its line goes. */
const DEVICES: Readonly<Partial<Record<string, string>>> = { "card reader": "card-reader", "relay board": "relays" };
/** Somebody comes so often: quickly enough for a test, slowly enough that the gate isn't what is tried. */
const PAUSE_MS = 50;

describe.each(Object.entries(LINES))("%s", (line, errors) => {
  test(`promise 1, 3, 4: ${CALLS} times a call on its line fails, and one after it (seed ${SEED})`, {
    timeout: 120_000 + CALLS * 60_000,
  }, async () => {
    const place = openPlace();
    const control = openControl(place);
    try {
      const relays = await serialPair(place, "relays");
      const cards = await serialPair(place, "cards");
      const board = await watchBoard(relays.theirs);
      const mosquitto = await startMosquitto(place);
      const yaml = siteYaml({
        mqtt: `{ external: { url: "${mosquitto.url}" } }`,
        relays: relays.ours,
        cardReader: cards.ours,
      });
      place.write("gate.yaml", yaml);
      await importResidents(place, LIST);
      const gate = await startGate(place, yaml, {
        LD_PRELOAD: preload(place, "fail"),
        GATEPOST_LOG_LEVEL: "warn",
        GATEPOST_FAIL_CONTROL: control.file,
        ...(line === "broker"
          ? { GATEPOST_FAIL_PORT: String(mosquitto.port) }
          : { GATEPOST_FAIL_LINE: line === "card reader" ? cards.ours : relays.ours }),
      });
      expect(control.calls()).toBeGreaterThan(0);
      expect(board.writes()).toEqual([]);

      const reader = await open(cards.theirs, "r+");
      let cardsShown = 0;
      const showCard = () => reader.write(`00059${PEOPLE[cardsShown++ % 500]}\r\n`);
      let presented = 0;
      const terminal = startTerminal({
        port: mosquitto.port,
        inFlight: 1,
        next: () => `R-${PEOPLE[500 + (presented++ % 1_500)]}`,
        pauseMs: PAUSE_MS,
      });
      const granted = () =>
        storedRows(place).filter(({ kind, open: told }) => kind === "decision" && told.outcome === "granted");
      const by = (device: string) => granted().filter(({ open: told }) => told.reader === device).length;
      /** Whether the device on the line was marked as gone or back, each time it was. */
      const marks = () =>
        storedRows(place)
          .filter(({ kind, open: told }) => kind === "device" && told.device === DEVICES[line])
          .map(({ open: told }) => (told.offline === true ? "gone" : "back"));
      let what = "at first";
      /** Cards are shown all the while, and the terminal goes on by itself, until it is so. */
      const streetUntil = (so: () => boolean) =>
        until(
          async () => {
            await showCard();
            await new Promise((next) => setTimeout(next, PAUSE_MS));
            return so();
          },
          WITHIN_MS,
          () => `${what}; failed: ${control.names().join(", ")}\n${gate.running.printed()}`,
        );
      const dice = random(SEED + line.length);
      for (let round = 0; round < CALLS; round++) {
        const before = control.failed();
        const marked = marks().length;
        const error = errors[dice.below(errors.length)] ?? EIO;
        const [n, then] = [1 + dice.below(20), 1 + dice.below(8)];
        what = `round ${round}: call ${n} and call ${then} after it with errno ${error}`;
        control.arm(n, then, error);
        await streetUntil(() => control.failed() > before);
        // The other links decide on …
        const [face, card] = [by("face-in"), by("card-reader")];
        await streetUntil(
          () => (line === "card reader" || by("card-reader") > card) && (line === "broker" || by("face-in") > face),
        );
        // … the second call fails too, and then the line is back: both readers decide, and the board moves.
        await streetUntil(() => control.failed() > before + 1);
        const [faces, shown, moves] = [by("face-in"), by("card-reader"), board.writes().length];
        await streetUntil(
          () =>
            by("face-in") > faces &&
            by("card-reader") > shown &&
            board.writes().length > moves &&
            marks().at(-1) !== "gone",
        );
        if (line in DEVICES && error !== EAGAIN) expect(marks().slice(marked)).toContain("gone");
      }
      await until(() => fetch(`${gate.page}/readyz`).then(({ ok }) => ok), WITHIN_MS, gate.running.printed);
      await terminal.stop();
      await reader.close();
      await gate.running.stop();

      const kept = new Set(storedRows(place).map((row) => recordOf(row.open)));
      expect([...terminal.acknowledged].filter((id) => !kept.has(id))).toEqual([]);
      expect(terminal.acknowledged.size).toBeGreaterThan(0);
      // No movement without its grant, and none but the one that was ordered.
      const moved = storedRows(place).flatMap(({ kind, open: told }) => (kind === "move" ? [told.cause] : []));
      const grants = new Set(granted().map(({ open: told }) => told.id));
      expect(moved.filter((cause) => !grants.has(cause))).toEqual([]);
      expect(new Set(board.writes())).toEqual(new Set([FLASH]));
      expect(board.writes().length).toBeLessThanOrEqual(moved.length);
    } finally {
      control.close();
      await place.leave();
    }
  });
});
