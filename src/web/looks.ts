/** How a page looks in this browser: text size, day or night, language. Remembered here, told to nobody. */
import { effect, signal } from "@preact/signals";
import { language, speak } from "./language.ts";
import { recall, remember } from "./remembered.ts";

/** px of the plain text. */
export type Size = "20" | "24" | "30";
/** `auto` follows the browser; one too old to have a wish follows the hour. */
export type Theme = "auto" | "day" | "night";
export const SIZES: readonly [Size, ...Size[]] = ["20", "24", "30"];
export const THEMES: readonly [Theme, ...Theme[]] = ["auto", "day", "night"];

export const size = signal<Size>(recall("size", SIZES));
export const theme = signal<Theme>(recall("theme", THEMES));

const NIGHT_FROM_HOUR = 19;
const NIGHT_TO_HOUR = 6;
const AGAIN_MS = 60_000;
const wish = matchMedia("(prefers-color-scheme: dark)");
/** Since Chrome 76; before, the query is "not all" and never matches. */
const hasWish = wish.media.includes("prefers-color-scheme");

function isNight(): boolean {
  if (theme.peek() !== "auto") return theme.peek() === "night";
  if (hasWish) return wish.matches;
  const hour = new Date().getHours();
  return hour >= NIGHT_FROM_HOUR || hour < NIGHT_TO_HOUR;
}

function paint(): void {
  document.documentElement.setAttribute("data-theme", isNight() ? "night" : "day");
}

/** Called once by each page before it draws anything. */
export function beginLooks(): void {
  speak(language.peek());
  effect(() => {
    document.documentElement.setAttribute("data-size", size.value);
    remember("size", size.value);
  });
  effect(() => {
    remember("theme", theme.value);
    paint();
  });
  wish.addListener(paint);
  setInterval(paint, AGAIN_MS);
}
