/** The page's two languages; zh-CN first. Every page takes its sentences through `say`. */
import { signal } from "@preact/signals";
import type { Sentence } from "../shell/desk.ts";
import { recall, remember } from "./remembered.ts";

export type Language = "zh" | "en";

export const language = signal<Language>(recall("language", ["zh", "en"]));

export function speak(next: Language): void {
  language.value = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  remember("language", next);
}

/** The sentence in the page's language. */
export function say(sentence: Sentence): string {
  return sentence[language.value];
}

/** One sentence in both languages. */
export const s = (zh: string, en: string): Sentence => ({ zh, en });
