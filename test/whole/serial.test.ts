/** The same way over serial lines: a module's bytes on a pty → the relay board's bytes on another → the row. */
import { open } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gate, openPlace, type Place, serialPair, startGate, until } from "./place.ts";
import { FLASH, importResidents, siteYaml, storedRows, type Witness, watchBoard } from "./site.ts";

// The vendor's layout (sense-uart profile, sample reply-verify-ok-user-7): user 7, named R-0417, living.
const KNOWN = hex("EFAA00002612000007522D30343137", 33, "00C886");
// Sample reply-verify-rejected: compared, and nobody like this.
const REJECTED = Buffer.from("EFAA00000212 0111".replaceAll(" ", ""), "hex");

/** `head`, filled up with zero bytes to 44 - 2 bytes, `tail`. */
function hex(head: string, zeros: number, tail: string): Buffer {
  const filled = head + "00".repeat(44 - head.length / 2 - tail.length / 2);
  expect(zeros).toBeGreaterThan(0);
  return Buffer.from(filled + tail, "hex");
}

describe("serial readers", () => {
  let place: Place;
  let board: Witness;
  let gate: Gate;
  let module: Awaited<ReturnType<typeof serialPair>>;
  let cards: Awaited<ReturnType<typeof serialPair>>;

  beforeAll(async () => {
    place = openPlace();
    const relays = await serialPair(place, "relays");
    module = await serialPair(place, "module");
    cards = await serialPair(place, "cards");
    board = await watchBoard(relays.theirs);
    const yaml = siteYaml({
      mqtt: "{ embedded: { port: 0 } }",
      relays: relays.ours,
      faceModule: module.ours,
      cardReader: cards.ours,
      passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
    });
    place.write("gate.yaml", yaml);
    await importResidents(place);
    gate = await startGate(place, yaml);
  });
  afterAll(() => place.leave());

  async function put(path: string, bytes: Uint8Array): Promise<void> {
    const line = await open(path, "r+");
    await line.write(bytes);
    await line.close();
  }
  const decisions = () => storedRows(place).filter((row) => row.kind === "decision");
  const nextDecision = async (before: number) => {
    await until(() => decisions().length > before, 10_000, gate.running.printed);
    return decisions().at(-1);
  };

  test("a face that the module knows, and who is on our list, opens", async () => {
    const rows = decisions().length;
    const before = board.writes().length;
    await put(module.theirs, KNOWN);
    expect((await nextDecision(rows))?.open).toMatchObject({ outcome: "granted", reader: "face-module" });
    await until(() => board.writes().length > before);
    expect(board.writes().slice(before)).toEqual([FLASH]);
  });

  test("a face that the module doesn't know moves nothing", async () => {
    const rows = decisions().length;
    const before = board.writes().length;
    await put(module.theirs, REJECTED);
    expect((await nextDecision(rows))?.open).toMatchObject({ outcome: "denied", reason: "credential-not-found" });
    expect(board.writes().length).toBe(before);
  });

  test("a frame with one bit turned, cut anywhere, or in noise is counted and moves nothing; the next one is read", async () => {
    const rows = decisions().length;
    const before = board.writes().length;
    const turned = Buffer.from(KNOWN);
    turned[12] = (turned[12] ?? 0) ^ 0x10;
    await put(module.theirs, turned);
    await put(module.theirs, Buffer.from("00FF7F0D0AEF55AAEF", "hex"));
    await until(async () =>
      /gatepost_[a-z_]*skipped[a-z_]*\{[^}]*face-module/.test(
        await fetch(`${gate.page}/metrics`).then((a) => a.text()),
      ),
    );
    expect(decisions().length).toBe(rows);
    expect(board.writes().length).toBe(before);
    await put(module.theirs, REJECTED);
    expect((await nextDecision(rows))?.open).toMatchObject({ reason: "credential-not-found" });
  });

  test("a resident's card opens; a card that isn't on the list doesn't", async () => {
    let rows = decisions().length;
    // A line that has just come up is in the middle of one: its end makes the next one whole.
    await put(cards.theirs, Buffer.from("\r\n"));
    await put(cards.theirs, Buffer.from("0009999999\r\n"));
    expect((await nextDecision(rows))?.open).toMatchObject({
      outcome: "denied",
      reason: "credential-not-found",
      type: "card",
    });
    rows = decisions().length;
    await put(cards.theirs, Buffer.from("0005913727\r\n"));
    expect((await nextDecision(rows))?.open).toMatchObject({ outcome: "granted", type: "card" });
  });

  test("SQL in a QR code is looked for as it stands and not found", async () => {
    const rows = decisions().length;
    await put(cards.theirs, Buffer.from("x' OR 1=1 --\r\n"));
    await put(cards.theirs, Buffer.from("0009999998\r\n"));
    await until(() => decisions().some((row, index) => index >= rows && row.open.reason === "credential-not-found"));
    expect(
      decisions()
        .slice(rows)
        .some((row) => row.open.outcome === "granted"),
    ).toBe(false);
  });
});
