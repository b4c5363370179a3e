/**
 * The clerk's import on the whole program while residents walk in: a terminal's records come through Mosquitto all the
 * time and are decided and answered, whatever file the clerk gives. Counts are judged; times are only printed.
 */
import { request } from "node:http";
import { strToU8 } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inline, SHEET, two, xlsxOf } from "../clerk/book-frame.ts";
import { MENDED, MISTAKES, messyCsv, messyXls, messyXlsx, ROWS } from "../clerk/messy.ts";
import { recordOf, startTerminal, type Terminal } from "./load.ts";
import { openOffice } from "./office.ts";
import { type Gate, openPlace, type Place, serialPair, startGate, startMosquitto, until } from "./place.ts";
import { importResidents, type StoredRow, siteYaml, storedRows, watchBoard } from "./site.ts";

/** Two who are on the list before, during and after, and one who comes and goes with the file. */
const ROW = ["3-1-302", "", "", "2099-12-31", "residents"] as const;
const WALKERS = [
  ["R-0417", "林秀兰", ...ROW, "0005913727", "R-0417"],
  ["R-0418", "周建国", ...ROW, "0005913728", "R-0418"],
  ["R-0600", "郑新来", ...ROW, "", "R-0600"],
];
const NEWCOMER = "R-0600";
const TURNS = ["R-0417", "R-0418", NEWCOMER];
const FORMS = { xlsx: messyXlsx, xls: messyXls, "GB18030 csv": messyCsv };
const FILE_BYTES = 20 * 1024 * 1024;
const PROBLEM = expect.stringMatching(/^application\/problem\+json/);

const BOMB_BYTES = 81 * 1024 * 1024;
const bomb = (): Uint8Array => xlsxOf(SHEET(two), { "xl/bomb.xml": new Uint8Array(BOMB_BYTES) });
const nameCell = (cell: string) => (): Uint8Array => xlsxOf(SHEET(two.replace(inline("B2", "甲"), cell)));
const POLLUTING = `<row r="1">${inline("A1", "编号")}${inline("B1", "__proto__")}</row><row r="2">${inline("A2", "A")}${inline("B2", "x")}</row>`;
const FAR = `${two}<row r="1048576">${inline("XFD1048576", "x")}</row>`;

/** What is told: a mistake in the preview, which is then refused as a whole, or the refusal of the preview itself. */
const HOSTILE: readonly (readonly [string, () => Uint8Array, string])[] = [
  ["a zip bomb", bomb, "FILE_TOO_LARGE"],
  ["a million rows declared", () => xlsxOf(SHEET(FAR, "A1:XFD1048576")), "file-too-heavy"],
  [
    "__proto__ as a column and a part",
    () => xlsxOf(SHEET(POLLUTING), { "xl/__proto__.xml": strToU8("<a/>") }),
    "COLUMN_UNKNOWN",
  ],
  ["a formula as text", nameCell(inline("B2", "=1+1")), "FORMULA"],
  ["a formula that gave one", nameCell(`<c r="B2" t="str"><f>A1</f><v>=cmd|x</v></c>`), "FORMULA"],
  ["a formula that gave nothing", nameCell(`<c r="B2"><f>1+1</f></c>`), "CELL_EMPTY"],
  [".xlsx that is no zip", () => strToU8("PK\u0003\u0004 no book at all"), "BOOK_BROKEN"],
  ["as much text as is taken", () => Buffer.alloc(FILE_BYTES, "a,b\n"), "TOO_MANY_ROWS"],
  ["nothing", () => new Uint8Array(0), "FILE_EMPTY"],
];

describe("imports at a gate in use", () => {
  let place: Place;
  let gate: Gate;
  let terminal: Terminal;
  const { ask, cookie } = openOffice(() => gate.page);
  let answeredBeside = 0;
  const books = Object.entries(FORMS).map(([form, make]) => ({
    form,
    messy: make(),
    mended: make([...MENDED, ...WALKERS]),
  }));

  beforeAll(async () => {
    place = openPlace();
    const broker = await startMosquitto(place);
    const relays = await serialPair(place, "relays");
    await watchBoard(relays.theirs);
    const yaml = siteYaml({ mqtt: `{ external: { url: "${broker.url}" } }`, relays: relays.ours });
    place.write("gate.yaml", yaml);
    await importResidents(place);
    gate = await startGate(place, yaml, { GATEPOST_LOG_LEVEL: "info" });
    const code = /"setupCode":"([^"]+)"/.exec(gate.running.printed())?.[1];
    const admin = { code, name: "admin", who: "管理员", password: "long enough 4711" };
    expect((await ask("POST", "/setup", admin)).status, gate.running.printed().slice(-3000)).toBe(201);
    await ask("POST", "/sessions", { name: "admin", password: "long enough 4711" });
    const clerk = { name: "wang", who: "王芳", role: "clerk", password: "another long 0815" };
    expect((await ask("POST", "/accounts", clerk)).status).toBe(201);
    await ask("POST", "/sessions", { name: "wang", password: "another long 0815" });
    let n = 0;
    terminal = startTerminal({
      port: broker.port,
      inFlight: 1,
      next: () => TURNS[n++ % TURNS.length] ?? NEWCOMER,
    });
    await decidedOn();
  }, 90_000);
  afterAll(async () => {
    await terminal?.stop();
    await place.leave();
  });

  /** Three more records that are sent from now on have been answered: at least one of each walker. */
  async function decidedOn(): Promise<void> {
    const from = terminal.acknowledged.size;
    await until(() => terminal.acknowledged.size > from + 3, 30_000, gate.running.printed);
  }
  /** Runs `act` and tells how many records were answered beside it; the loop's lag is printed. */
  async function beside<T>(what: string, act: () => Promise<T>): Promise<T> {
    await decidedOn();
    const before = terminal.acknowledged.size;
    const began = performance.now();
    const found = await act();
    const took = performance.now() - began;
    const answered = terminal.acknowledged.size - before;
    answeredBeside += answered;
    console.log(`${what}: ${took.toFixed(0)} ms, ${answered} records answered, loop lag ${await lag()}`);
    await decidedOn();
    return found;
  }
  /** Of the last minute or two. */
  async function lag(): Promise<string> {
    const text = await (await fetch(`${gate.page}/metrics`)).text();
    const at = (quantile: string) =>
      Number(new RegExp(`^gatepost_loop_lag_seconds\\{quantile="${quantile}"\\} (\\S+)$`, "m").exec(text)?.[1]) * 1000;
    return `p99 ${at("0.99").toFixed(1)} ms, max ${at("1").toFixed(1)} ms`;
  }
  /** In the order of the journal. Records are numbered as they are sent: whose they are goes round. */
  function decisionsOf(who: string): readonly StoredRow["open"][] {
    const all = storedRows(place).flatMap(({ kind, open }) => (kind === "decision" ? [open] : []));
    const number = (open: StoredRow["open"]) => Number(recordOf(open));
    const [first = {}] = all;
    return all.filter((open) => TURNS[(number(open) - number(first)) % TURNS.length] === who);
  }
  const generations = async () => (await ask("GET", "/generations")).body.generations;
  const found = async (text: string): Promise<readonly string[]> =>
    (await ask("GET", `/people?text=${text}`)).body.people.map(({ id }: { readonly id: string }) => id);

  test.each(books)(
    "$form: mistakes at their places; mended, it is written and undone",
    async (one) => {
      const { form, messy, mended } = one;
      const before = await generations();
      const answered = answeredBeside;
      const wrong = await beside(`${form}, messy`, () => ask("POST", "/imports", messy));
      expect(wrong.body.counts).toMatchObject({ errors: MISTAKES, suspended: 0 });
      const placed = Array.from({ length: MISTAKES }, (_, n) => ({ row: 501 + 500 * n, column: "有效期至" }));
      expect(wrong.body.errors).toMatchObject(placed.map((at) => ({ ...at, value: "明年", code: "NOT_A_DATE" })));
      await refused(wrong.body.id, wrong.body.errors);
      expect(await generations()).toEqual(before);

      const good = await beside(`${form}, mended`, () => ask("POST", "/imports", mended));
      expect(good.body).toMatchObject({ counts: { errors: 0, suspended: 0, nowhere: 0 }, manySuspended: false });
      expect(good.body.counts.added + good.body.counts.changed).toBe(ROWS + WALKERS.length);
      const written = await beside(`${form}, written`, () => ask("POST", `/imports/${good.body.id}/apply`, {}));
      expect(written.body).toMatchObject({ people: ROWS + WALKERS.length });
      expect(await found("1007A")).toEqual(["R-7"]);
      await until(() => decisionsOf(NEWCOMER).at(-1)?.outcome === "granted");
      const { generation } = written.body;
      const undone = await beside(`${form}, undone`, () => ask("POST", `/generations/${generation}/undo`, {}));
      expect(undone.body).toMatchObject({ people: ROWS + WALKERS.length, kept: 0 });
      expect(await found("1007A")).toEqual([]);
      await until(() => decisionsOf(NEWCOMER).at(-1)?.outcome === "denied");
      expect(await found("lxl")).toEqual(["R-0417"]);
      expect((await generations()).length).toBe(before.length + 2);
      // Among them some that waited for none of it.
      expect(answeredBeside).toBeGreaterThan(answered);
    },
    90_000,
  );

  test.each(HOSTILE)(
    "%s: refused with a code, and nothing is changed",
    async (what, make, code) => {
      const file = make();
      const before = await generations();
      const told = await beside(what, () => ask("POST", "/imports", file));
      if (told.status === 200) {
        expect(told.body.errors[0]).toMatchObject({ code });
        await refused(told.body.id, told.body.errors);
      } else {
        expect(told).toMatchObject({ status: 422, type: PROBLEM, body: { code } });
      }
      expect(await generations()).toEqual(before);
    },
    90_000,
  );

  test("more than is taken: 413 before it has come in", async () => {
    const before = await generations();
    const told = await beside("20 MB and a byte", tooLarge);
    expect(told).toMatchObject({ status: 413, type: PROBLEM, body: { code: "too-large", status: 413 } });
    expect(await generations()).toEqual(before);
  }, 90_000);

  test("every record that was answered has its row, one decision at most, and nobody on the list was unknown for a moment", async () => {
    await terminal.stop();
    const rows = storedRows(place).filter((row) => recordOf(row.open) !== undefined);
    const stored = new Set(rows.map((row) => recordOf(row.open)));
    expect([...terminal.acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    const decided = rows.filter((row) => row.kind === "decision");
    const ids = decided.map((row) => Number(recordOf(row.open)));
    expect(new Set(ids).size).toBe(ids.length);
    const outcomes = (who: string) =>
      new Set(decisionsOf(who).map(({ outcome, reason = "" }) => `${outcome} ${reason}`));
    for (const who of ["R-0417", "R-0418"]) expect(outcomes(who)).not.toContain("denied credential-not-found");
    expect(await gate.running.stop()).toBe(0);
  }, 90_000);

  /** What has mistakes is not written, and the answer says why. */
  async function refused(id: string, mistakes: unknown): Promise<void> {
    const told = await ask("POST", `/imports/${id}/apply`, { manySuspended: true });
    expect(told).toMatchObject({ status: 422, type: PROBLEM, body: { code: "has-mistakes", mistakes } });
  }
  /** Says how long the file is and begins to send it: the answer comes without the rest. */
  function tooLarge(): Promise<{ readonly status: number; readonly type: string; readonly body: unknown }> {
    return new Promise((done, fail) => {
      const asked = request(`${gate.page}/api/v1/imports`, {
        method: "POST",
        headers: {
          origin: gate.page,
          cookie: cookie(),
          "content-type": "application/octet-stream",
          "content-length": FILE_BYTES + 1,
        },
      });
      asked.once("error", fail);
      asked.once("response", (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => void chunks.push(chunk));
        answer.once("error", fail);
        answer.once("end", () => {
          asked
            .removeListener("error", fail)
            .on("error", () => undefined)
            .destroy();
          const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          done({ status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", body });
        });
      });
      asked.flushHeaders();
    });
  }
});
