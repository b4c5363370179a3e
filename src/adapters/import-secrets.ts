/** PINs and duress codes of the clerk's list: how they are read, and that they are shown nowhere. */
import type { Cells, Column, Words } from "./import-sheet.ts";
import { MASK } from "./import-sheet.ts";
import type { Carried } from "./whitelist-people.ts";

type Wrong = (column: Column, value: string, code: string, message: Words, hint: Words) => void;

const words = (zh: string, en: string): Words => ({ zh, en });

export const listed = (text: string): readonly string[] =>
  text
    .split(/[;；、]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** A cell as our own export writes it: somebody has one, and it isn't told. */
export const isMasked = (cell: string): boolean => listed(cell).length > 0 && listed(cell).every((one) => one === MASK);

export function pinsOf(cells: Cells, wrong: Wrong): readonly Carried[] {
  const cell = cells.get("密码") ?? "";
  if (isMasked(cell)) return [];
  return listed(cell).map((pin) => {
    pinTroubles("密码", pin, wrong);
    return { type: "pin", value: pin, original: pin };
  });
}

/** `密码:1234` or `卡:0005913727`; without the word, four to six digits are a PIN and everything else is a card. */
export function duressOf(cells: Cells, wrong: Wrong): readonly Carried[] {
  const cell = cells.get("胁迫码") ?? "";
  if (isMasked(cell)) return [];
  return listed(cell).map((entry) => {
    const [, word, rest = ""] = /^(?:(密码|pin|卡|卡号|card):)?\s*(.*)$/i.exec(entry) ?? [];
    const isPin = word === undefined ? /^\d{4,6}$/.test(rest) : /^(密码|pin)$/i.test(word);
    if (isPin) pinTroubles("胁迫码", rest, wrong);
    else if (rest === "" || rest.length > 64)
      wrong(
        "胁迫码",
        entry,
        "BAD_FORM",
        words("不是密码，也不是卡号", "Neither a PIN nor a card number"),
        words("写成 密码:（4 到 8 位数字）或 卡:卡号", "Write pin:NUMBER or card:NUMBER"),
      );
    return { type: isPin ? "pin" : "card", value: rest, original: rest, duress: true };
  });
}

function pinTroubles(column: Column, pin: string, wrong: Wrong): void {
  if (!/^\d{4,8}$/.test(pin))
    wrong(
      column,
      pin,
      "BAD_PIN",
      words("密码应为 4 到 8 位数字", "A PIN has 4 to 8 digits"),
      words("开头的 0 丢了的话，把这一列设成“文本”再填", "If a leading 0 is lost, format the column as text"),
    );
  else if (isSimple(pin))
    wrong(
      column,
      pin,
      "PIN_TOO_SIMPLE",
      words("密码太简单", "The PIN is too simple"),
      words("不要用 1111、1234 这样的", "Not such as 1111 or 1234"),
    );
}

/** All the same, or one after the other. */
function isSimple(pin: string): boolean {
  const steps = [...pin].slice(1).map((digit, n) => Number(digit) - Number(pin[n]));
  const [first = 0] = steps;
  return Math.abs(first) <= 1 && steps.every((step) => step === first);
}
