/**
 * Chinese licence plates (GA 36): one way to write them, their kinds, and which two a camera may mistake for each other.
 * A plate of no known kind (military, foreign, temporary) is data, not an error.
 */

export type PlateKind = "ordinary" | "new-energy" | "other";

const PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
// The letters I and O are not used after the region letter.
const ORDINARY = new RegExp(`^[${PROVINCES}使领][A-Z][A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]$`);
const NEW_ENERGY = new RegExp(`^[${PROVINCES}][A-Z](?:[DABCEFGHJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DABCEFGHJK])$`);
// Blanks, the dots people put after the region letter, dashes. What NFKC leaves of the full-width ones is among them.
const SEPARATORS = /[\s·•‧∙⋅・.\-‐-―−]/g;

/** Characters that recognisers take for each other. Province characters have no pair here: none is well founded. */
const LOOK_ALIKES: Readonly<Record<string, string>> = { O: "0", D: "0", Q: "0", B: "8", I: "1", Z: "2", S: "5" };

/** The shapes of new-energy plates after look-alikes have become digits: the small car's letter first, the large one's last. */
const SMALL_SHAPE = /^..[0A8CEFGHJK].[0-9]{4}$/u;
const LARGE_SHAPE = /^..[0-9]{5}[0A8CEFGHJK]$/u;

/** A plate as we keep and compare it: NFKC, upper case, without dots, dashes and blanks. Never throws. */
export function normalise(raw: string): string {
  return raw.normalize("NFKC").toUpperCase().replace(SEPARATORS, "");
}

/** The kind of a normalised plate. */
export function kindOfPlate(plate: string): PlateKind {
  if (ORDINARY.test(plate)) return "ordinary";
  return NEW_ENERGY.test(plate) ? "new-energy" : "other";
}

/** Whether a normalised plate is of a kind we know by its form. */
export function isPlate(plate: string): boolean {
  return kindOfPlate(plate) !== "other";
}

/**
 * In how many places two normalised plates differ, if every difference is a look-alike (or a new-energy plate that lost
 * its energy letter to the camera, which counts as one); 0 = equal; undefined = two different plates.
 */
export function confusable(a: string, b: string): number | undefined {
  if (a === b) return 0;
  const left = [...a];
  const right = [...b];
  if (left.length < right.length) return confusable(b, a);
  if (left.length === right.length) return differences(left, right);
  const shorter = withoutEnergyLetter(left);
  const apart = shorter.length === right.length ? differences(shorter, right) : undefined;
  return apart === undefined ? undefined : apart + 1;
}

/**
 * A key under which confusable plates meet: `confusable(a, b) !== undefined` implies equal skeletons. Not the other way
 * round (苏ED12345 and 苏EF12345 share that of 苏E12345), so an index by skeleton is filtered with {@link confusable}.
 */
export function skeleton(plate: string): string {
  return withoutEnergyLetter([...plate])
    .map(lookOf)
    .join("");
}

/** In how many places two plates differ, look-alikes not counted; undefined when their lengths differ. */
export function placesApart(a: string, b: string): number | undefined {
  const left = [...a].map(lookOf);
  const right = [...b].map(lookOf);
  if (left.length !== right.length) return undefined;
  return left.filter((character, index) => character !== right[index]).length;
}

function differences(left: readonly string[], right: readonly string[]): number | undefined {
  if (left.map(lookOf).join("") !== right.map(lookOf).join("")) return undefined;
  return left.filter((character, index) => character !== right[index]).length;
}

function withoutEnergyLetter(characters: readonly string[]): readonly string[] {
  if (characters.length !== 8) return characters;
  const shape = characters.map(lookOf).join("");
  if (SMALL_SHAPE.test(shape)) return characters.toSpliced(2, 1);
  return LARGE_SHAPE.test(shape) ? characters.slice(0, 7) : characters;
}

function lookOf(character: string): string {
  return LOOK_ALIKES[character] ?? character;
}
