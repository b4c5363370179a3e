import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { confusable, isPlate, kindOfPlate, normalise, placesApart, skeleton } from "../../src/core/plates.ts";

describe("kinds", () => {
  it.each([
    ["苏E5K38M", "ordinary"],
    ["京A12345", "ordinary"],
    ["粤B00QS9", "ordinary"],
    ["鲁U8K21警", "ordinary"],
    ["粤ZA21B港", "ordinary"],
    ["川K123学", "other"],
    ["川K1234学", "ordinary"],
    ["苏ED12345", "new-energy"],
    ["沪AF01234", "new-energy"],
    ["京A12345D", "new-energy"],
    ["WJ川1234X", "other"],
  ])("%s is %s", (plate, kind) => {
    expect(kindOfPlate(plate)).toBe(kind);
    expect(isPlate(plate)).toBe(kind !== "other");
  });

  it.each(["苏E5K38", "苏E5K38MM", "ABC123", "苏I12345X", "苏EO1234", "苏E1I345", "苏EL12345", "_无_", ""])(
    "%s is no plate, and no error",
    (plate) => {
      expect(kindOfPlate(plate)).toBe("other");
      expect(isPlate(plate)).toBe(false);
    },
  );
});

describe("normalise", () => {
  it.each([
    [" 苏e·5k38m ", "苏E5K38M"],
    ["苏E-5K38M", "苏E5K38M"],
    ["川K·B1234", "川KB1234"],
    ["川K•B1234", "川KB1234"],
    ["川K.B1234", "川KB1234"],
    ["川K－B1234", "川KB1234"],
    ["川Ｋ・Ｂ１２３４", "川KB1234"],
    ["川Ｋ．Ｂ１２３４", "川KB1234"],
    ["川K—B 1234", "川KB1234"],
    ["川K\u3000B1234\u00a0", "川KB1234"],
    ["", ""],
  ])("%j becomes %j", (raw, plate) => {
    expect(normalise(raw)).toBe(plate);
  });

  it("changes nothing the second time, whatever a camera sends (seed 20261)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (raw) => {
        const once = normalise(raw);
        expect(normalise(once)).toBe(once);
        skeleton(once);
        kindOfPlate(once);
      }),
      { seed: 20261, numRuns: 2000 },
    );
  });
});

describe("confusable", () => {
  it.each([
    ["苏E5K38M", "苏E5K38M", 0],
    ["苏E5K30M", "苏E5K3OM", 1],
    ["苏E5K30M", "苏E5K3DM", 1],
    ["苏E5K30M", "苏E5K3QM", 1],
    ["苏E5K38M", "苏E5K3BM", 1],
    ["苏E5K31M", "苏E5K3IM", 1],
    ["苏E5K32M", "苏E5K3ZM", 1],
    ["苏E5K38M", "苏ESK3BM", 2],
    ["苏D5K38M", "苏05K38M", 1],
    ["苏E5K38M", "苏E5K37M", undefined],
    ["苏E5K38M", "浙E5K38M", undefined],
    ["苏E5K38M", "苏E5K3M8", undefined],
    ["苏E5K38M", "苏E5K38", undefined],
    ["", "苏E5K38M", undefined],
    // The camera lost the green plate's energy letter.
    ["苏ED12345", "苏E12345", 1],
    ["苏E12345", "苏ED12345", 1],
    ["苏ED12345", "苏EI2345", 2],
    ["苏ED12345", "苏EI2E45", undefined],
    ["苏EF12345", "苏EI234S", 3],
    ["京A12345D", "京A12345", 1],
    ["京A12345F", "京A1234S", 2],
    ["苏ED12345", "苏EF12345", undefined],
    ["苏ED12345", "苏E012345", 1],
    // Eight characters, but no green plate: nothing may be left out.
    ["苏EXX2345", "苏EX2345", undefined],
  ])("%s and %s: %s", (a, b, apart) => {
    expect(confusable(a, b)).toBe(apart);
    expect(confusable(b, a)).toBe(apart);
  });

  it.each([
    ["苏E5K38M", "苏E5K37M", 1],
    ["苏E5K38M", "苏E5K3BM", 0],
    ["苏E5K38M", "苏E6K37M", 2],
    ["苏ED12345", "苏E12345", undefined],
    ["苏E5K38M", "苏ESK37M", 1],
  ])("%s and %s are %s places apart", (a, b, apart) => {
    expect(placesApart(a, b)).toBe(apart);
  });
});

const letters = [..."ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"];
const ordinary = fc
  .tuple(
    fc.constantFrom("苏", "川"),
    fc.constantFrom(..."ABDEKZ"),
    fc.array(fc.constantFrom(...letters), { minLength: 5, maxLength: 6 }),
  )
  .map(([province, region, rest]) => province + region + rest.join(""));
const green = fc
  .tuple(
    fc.constantFrom(..."DABCEFGHJK"),
    fc.array(fc.constantFrom(..."0123456789"), { minLength: 5, maxLength: 5 }),
    fc.boolean(),
  )
  .map(([letter, digits, small]) => `苏E${small ? letter + digits.join("") : digits.join("") + letter}`);
const LOOKS = [..."O0DQ", ..."8B", ..."1I", ..."2Z", ..."5S"];

describe("skeleton", () => {
  it("is the same for every two confusable plates (seed 20262)", () => {
    let met = 0;
    fc.assert(
      fc.property(
        fc.oneof(ordinary, green),
        fc.array(fc.constantFrom(...LOOKS), { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        (plate, looks, cut) => {
          const swapped = [...plate].map((character, index) => {
            const other = looks[index] ?? character;
            return confusable(character, other) === undefined ? character : other;
          });
          const other = (cut ? swapped.toSpliced(2, 1) : swapped).join("");
          if (confusable(plate, other) === undefined) return;
          met += 1;
          expect(skeleton(other)).toBe(skeleton(plate));
        },
      ),
      { seed: 20262, numRuns: 5000 },
    );
    expect(met).toBeGreaterThan(2000);
  });

  it.each([
    ["苏E5K38M", "苏E5K38M"],
    ["苏EODQ0B", "苏E00008"],
    ["苏ED12345", "苏E12345"],
    ["京A12345D", "京A12345"],
    ["苏EXX2345", "苏EXX2345"],
    ["", ""],
  ])("of %s is %s", (plate, key) => {
    expect(skeleton(plate)).toBe(key);
  });
});
