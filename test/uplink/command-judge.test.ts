// Every rule by which a command is refused, in the order in which they are checked; and mutations of sound ones.
import { describe, expect, it } from "vitest";
import { digestOf, openCommandKeys } from "../../src/adapters/commands-keys.ts";
import { random } from "../../src/simulator/random.ts";
import { LONGEST_LIFE_MS, MOST_BYTES, MOST_PEOPLE } from "../../src/uplink/command.ts";
import { type Heard, judge, type Standing, staleness } from "../../src/uplink/command-judge.ts";
import { readClaims, readEnvelope } from "../../src/uplink/command-read.ts";
import { EPOCH, ID, OPEN, part, publicPem, signed } from "./signer.ts";

const KEYS = openCommandKeys(new Map([["county", publicPem("county")]]));
const NOW: Standing = {
  site: "330381001004",
  gate: "01",
  epoch: EPOCH,
  at: 5_000,
  verify: KEYS.verify,
  mayAsk: () => true,
  known: () => undefined,
  digest: digestOf,
  lastCounter: () => 6,
};
const heard = (text: string, more: Partial<Heard> = {}): Heard => ({
  topic: "remote-open",
  bytes: Buffer.from(text),
  retained: false,
  redelivered: false,
  ...more,
});
const GOOD = signed(OPEN);
const [header = "", claims = "", signature = ""] = GOOD.split(".");
const told = (more: Partial<Heard> | string, now: Partial<Standing> = {}) => {
  const judged = judge(typeof more === "string" ? heard(more) : heard(GOOD, more), { ...NOW, ...now });
  return judged.is === "refuse" ? judged.code : judged.is;
};
/** The last letter of 86 carries four bits that mean nothing. */
const otherTail = (text: string) => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return text.slice(0, -1) + letters.charAt(letters.indexOf(text.at(-1) ?? "") ^ 1);
};

describe("promise 1: the first rule that says no, and nothing is done", () => {
  it("a sound one is carried out", () => {
    expect(judge(heard(GOOD), NOW)).toEqual({
      is: "execute",
      command: OPEN,
      key: "county",
      digest: digestOf(`county ${header}.${claims}`),
    });
  });

  it.each<[string, Partial<Heard> | string, Partial<Standing>, string]>([
    ["longer than any", "a".repeat(MOST_BYTES + 1), {}, "oversized"],
    ["a retained message", { retained: true }, {}, "retained"],
    ["nothing", "", {}, "malformed"],
    ["what is no JWS", JSON.stringify(OPEN), {}, "malformed"],
    ["a padded signature", `${GOOD}==`, {}, "malformed"],
    ["a line's end after it", `${GOOD}\n`, {}, "malformed"],
    ["bits that mean nothing, in the signature", otherTail(GOOD), {}, "malformed"],
    ["a header that isn't JSON", `${Buffer.from("{").toString("base64url")}.${claims}.${signature}`, {}, "malformed"],
    [
      "a header that isn't UTF-8",
      `${Buffer.from([0xff]).toString("base64url")}.${claims}.${signature}`,
      {},
      "malformed",
    ],
    ["a header of one odd letter", `A.${claims}.${signature}`, {}, "malformed"],
    ["another algorithm", signed(OPEN, "county", { alg: "none", kid: "county" }), {}, "malformed"],
    [
      "a header that wants more",
      signed(OPEN, "county", { alg: "EdDSA", kid: "county", crit: ["exp"] }),
      {},
      "malformed",
    ],
    ["claims that aren't JSON", `${header}.${Buffer.from("x").toString("base64url")}.${signature}`, {}, "malformed"],
    ["a key that nobody has", signed(OPEN, "town"), {}, "unknown-key"],
    ["another's key under our key's name", signed(OPEN, "town", { alg: "EdDSA", kid: "county" }), {}, "bad-signature"],
    [
      "other claims under the signature",
      `${header}.${part({ ...OPEN, lane: "car-out" })}.${signature}`,
      {},
      "bad-signature",
    ],
    ["a kind that nobody knows", signed({ ...OPEN, kind: "self-destruct" }), {}, "kind-unknown"],
    ["no kind", signed({ site: "1" }), {}, "kind-unknown"],
    ["claims that are no object", signed("open"), {}, "kind-unknown"],
    ["claims that are null", signed(null), {}, "kind-unknown"],
    ["nobody's name", signed({ ...OPEN, who: " " }), {}, "invalid"],
    ["a field too many", signed({ ...OPEN, force: true }), {}, "invalid"],
    ["a locked-open without its end", signed({ ...OPEN, kind: "mode", mode: "locked-open" }), {}, "invalid"],
    ["the same id with other words", {}, { known: () => ({ digest: "other" }) }, "id-reused"],
    ["another kind's topic", { topic: "mode" }, {}, "wrong-topic"],
    ["another site's", {}, { site: "330381001005" }, "not-for-us"],
    ["another gate's", {}, { gate: "02" }, "not-for-us"],
    ["what this key may not ask", {}, { mayAsk: () => false }, "not-allowed"],
    ["sent before (DUP)", { redelivered: true }, {}, "redelivered"],
    ["of another connection", {}, { epoch: ID }, "wrong-epoch"],
    ["after its time", {}, { at: 10_000.1 }, "expired"],
    ["without a time", signed({ ...OPEN, validUntilMs: null }), {}, "invalid"],
    ["from too far ahead", signed({ ...OPEN, validUntilMs: 5_000 + LONGEST_LIFE_MS + 1 }), {}, "too-far-ahead"],
    ["a counter that was used", {}, { lastCounter: () => 7 }, "counter-used"],
    ["a counter that was passed", {}, { lastCounter: () => 8 }, "counter-used"],
  ])("%s", (_, more, now, code) => expect(told(more, now)).toBe(code));

  it("the same once more is the same answer, whatever has become of connection, clock, topic and counter", () => {
    const known = () => ({ digest: digestOf(`county ${header}.${claims}`) });
    const later = { known, epoch: ID, at: 99_999_999, lastCounter: () => 99, mayAsk: () => false };
    expect(told({ redelivered: true, topic: "mode" }, later)).toBe("again");
    expect(told({ retained: true }, later)).toBe("retained");
  });

  it("only whoever has none of our keys is a forger", () => {
    const forged = (text: string) => {
      const judged = judge(heard(text), { ...NOW, epoch: ID });
      return judged.is === "refuse" && judged.forged;
    };
    expect(
      [GOOD, signed(OPEN, "town"), signed(OPEN, "town", { alg: "EdDSA", kid: "county" }), "x"].map(forged),
    ).toEqual([false, true, true, false]);
  });

  it("to its last tick it lives, and a tick that is no number is over", () => {
    const now = { epoch: EPOCH, at: 10_000 };
    expect(staleness({ epoch: EPOCH, validUntilMs: 10_000 }, now)).toBeUndefined();
    expect(staleness({ epoch: EPOCH, validUntilMs: 10_000 + LONGEST_LIFE_MS }, now)).toBeUndefined();
    expect(staleness({ epoch: EPOCH, validUntilMs: Number.NaN }, now)).toBe("expired");
  });
});

it("a header may say what libraries say of themselves", () => {
  expect(readEnvelope(Buffer.from(signed(OPEN, "county", { alg: "EdDSA", kid: "county", typ: "JWT" })))?.key).toBe(
    "county",
  );
});

it.each([
  [{ ...OPEN, lane: "车" }, "lane"],
  [{ ...OPEN, kind: "whitelist", base: 1, put: [{ id: "R-1" }], remove: [] }, "lane,put/0/credentials"],
])("what is invalid is named by its place: %#", (wrong, places) => {
  const { lane: _, ...rest } = wrong;
  const read = readClaims(wrong.kind === "whitelist" ? rest : wrong);
  expect(read.is === "invalid" && places.split(",").includes(read.at)).toBe(true);
});

it("more people than one command holds are refused", () => {
  const person = { id: "R-1", name: "林", kind: "resident", levels: [], credentials: [] };
  const { lane: _, ...head } = OPEN;
  const list = (n: number) =>
    readClaims({ ...head, kind: "whitelist", base: 0, put: Array(n).fill(person), remove: [] });
  expect(list(MOST_PEOPLE).is).toBe("command");
  expect(list(MOST_PEOPLE + 1).is).toBe("invalid");
});

const MUTATIONS = Number(process.env.GATEPOST_MUTATIONS ?? 3_000);
const SEED = Number(process.env.GATEPOST_SEED ?? 20_261_125);
it(`promise 1: ${MUTATIONS} mutated commands, none is carried out (seed ${SEED})`, {
  timeout: 60_000 + MUTATIONS * 2,
}, () => {
  const dice = random(SEED);
  const others = [signed({ ...OPEN, id: EPOCH, counter: 9 }), signed(OPEN, "town"), signed({ ...OPEN, gate: "02" })];
  const genuine = new Set([GOOD, ...others]);
  const mutations: readonly ((bytes: Buffer) => Buffer)[] = [
    (bytes) => {
      const at = dice.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
      return bytes;
    },
    (bytes) => {
      const at = dice.below(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(4))]);
    },
    (bytes) => {
      const at = dice.below(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([dice.below(256)]), bytes.subarray(at)]);
    },
    (bytes) => bytes.subarray(0, dice.below(bytes.length)),
    () => {
      const one = (n: number) => ([GOOD, ...others][dice.below(4)] ?? GOOD).split(".")[n] ?? "";
      return Buffer.from(`${one(0)}.${one(1)}.${one(2)}`);
    },
    () => Buffer.from(`${header}.${part({ ...OPEN, counter: 8 + dice.below(1_000) })}.${signature}`),
    () => Buffer.from(otherTail(GOOD)),
  ];
  let done = 0;
  const codes = new Set<string>();
  for (let n = 0; n < MUTATIONS; n++) {
    const mutate = mutations[dice.below(mutations.length)];
    const bytes = mutate?.(Buffer.from(GOOD)) ?? Buffer.alloc(0);
    if (genuine.has(bytes.toString("latin1"))) continue;
    const judged = judge({ ...heard(""), bytes }, NOW);
    if (judged.is !== "refuse") throw new Error(`mutation ${n} of seed ${SEED} was ${judged.is}`);
    codes.add(judged.code);
    done++;
  }
  expect(done).toBeGreaterThan(MUTATIONS / 2);
  expect(codes).toEqual(new Set(["malformed", "bad-signature", "unknown-key"]));
});
