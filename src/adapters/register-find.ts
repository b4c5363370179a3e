/** Finding people as a clerk says them: by name, pinyin, initials, house, the end of a telephone number, part of a plate. */
import { pinyin } from "pinyin-pro";
import type { Person } from "./whitelist-people.ts";

export interface Finder {
  /** Those that every word of the text is found in; whoever has it at a beginning comes first. */
  find(text: string): readonly Person[];
}

interface Entry {
  /** Anywhere in these. */
  readonly texts: readonly string[];
  /** At their beginning only: letters of pinyin stand in too many places. */
  readonly beginnings: readonly string[];
}

/** Names come again and again: each is spelt once. */
const spelt = new Map<string, readonly string[]>();
const MOST_SPELT = 50_000;

/** Whoever hasn't changed is spelt once. */
const entries = new WeakMap<Person, Entry>();

export function openFinder(people: readonly Person[]): Finder {
  return {
    find(text) {
      const wanted = plain(text)
        .split(/\s+/)
        .filter((word) => word !== "");
      if (wanted.length === 0) return people;
      const found = people.flatMap((person) => {
        const rank = rankOf(entryOf(person), wanted);
        return rank === undefined ? [] : [{ rank, person }];
      });
      return found.sort((a, b) => a.rank - b.rank).map(({ person }) => person);
    },
  };
}

function rankOf({ texts, beginnings }: Entry, wanted: readonly string[]): number | undefined {
  let rank = 0;
  for (const word of wanted) {
    const first = texts.some((text) => text.startsWith(word)) || beginnings.some((text) => text.startsWith(word));
    if (!first && !texts.some((text) => text.includes(word))) return undefined;
    if (!first) rank++;
  }
  return rank;
}

function entryOf(person: Person): Entry {
  const known = entries.get(person);
  if (known !== undefined) return known;
  const plates = person.credentials.filter((one) => one.type === "plate");
  const cards = person.credentials.filter((one) => one.type === "card");
  const made = {
    texts: [
      plain(person.name),
      plain(person.household ?? ""),
      person.phoneEnd ?? "",
      plain(person.id),
      ...plates.map((one) => plain(one.value)),
    ],
    beginnings: [...spellings(person.name), ...cards.map((one) => plain(one.value))],
  };
  entries.set(person, made);
  return made;
}

/** Full-width, lower case; blanks apart words. */
const plain = (text: string): string => text.normalize("NFKC").toLowerCase().trim();

/** `linxiulan`, `lxl`, and each syllable's own beginning: 秀兰 is found by `xiulan`. A surname is read as one (单 shàn). */
function spellings(name: string): readonly string[] {
  const known = spelt.get(name);
  if (known !== undefined) return known;
  const syllables = pinyin(name, { toneType: "none", type: "array", surname: "head", v: true }).map((one) =>
    plain(one),
  );
  const made = [
    syllables.join(""),
    syllables.map((one) => one.slice(0, 1)).join(""),
    ...syllables.slice(1).map((_, i) => syllables.slice(i + 1).join("")),
  ];
  if (spelt.size >= MOST_SPELT) spelt.clear();
  spelt.set(name, made);
  return made;
}
