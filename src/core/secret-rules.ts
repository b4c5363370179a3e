/** Which passwords and PINs are taken: long enough, and none of those that are tried first. */

export type SecretProblem = "too-short" | "too-long" | "not-digits" | "too-easy";

/** NIST SP 800-63B asks for 8; whoever enters here can let anybody in. */
export const PASSWORD_LEAST = 10;
export const PIN_LEAST = 6;
const PASSWORD_MOST = 256;
const PIN_MOST = 12;

/** @param names what must not be the password: the account's own names */
export function passwordProblem(password: string, names: readonly string[]): SecretProblem | undefined {
  const length = [...password].length;
  if (length < PASSWORD_LEAST) return "too-short";
  if (length > PASSWORD_MOST) return "too-long";
  const lower = password.toLowerCase();
  if (new Set(lower).size < 4 || isRun(lower)) return "too-easy";
  // A name, a year and a mark are no password; neither is a known word with digits behind.
  const bare = lower.replace(/[^\p{L}]/gu, "");
  // A telephone number, a birthday.
  if (/^\p{N}*$/u.test(lower)) return "too-easy";
  const known = [...names.map((name) => name.toLowerCase()), ...COMMON];
  return known.some((word) => bare === word || lower === word) ? "too-easy" : undefined;
}

const COMMON = [
  "password",
  "admin",
  "administrator",
  "gatepost",
  "qwerty",
  "qwertyuiop",
  "iloveyou",
  "woaini",
  "menwei",
];

export function pinProblem(pin: string): SecretProblem | undefined {
  if (!/^\d*$/.test(pin)) return "not-digits";
  if (pin.length < PIN_LEAST) return "too-short";
  if (pin.length > PIN_MOST) return "too-long";
  return new Set(pin).size < 3 || isRun(pin) || isRepeated(pin) ? "too-easy" : undefined;
}

/** 123456, 987654, abcdefghij: each next to the one before. */
function isRun(text: string): boolean {
  const steps = [...text].slice(1).map((character, i) => character.charCodeAt(0) - text.charCodeAt(i));
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
}

/** 121212, 123123. */
function isRepeated(text: string): boolean {
  return [2, 3].some((length) => text === text.slice(0, length).repeat(text.length / length));
}
