/** Finding residents, and their lists by end. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { presetLevel } from "../core/access-words.ts";
import { PEOPLE_SHOWN, type People, type PeopleShown, type PersonView } from "../shell/register.ts";
import { act, ask, tellTrouble } from "./ask.ts";
import { levels } from "./clerk-access.tsx";
import { OnePerson, one, openOne } from "./clerk-person.tsx";
import { SHOWN, W } from "./clerk-words.ts";
import { say } from "./language.ts";
import { api } from "./seat.ts";
import { lastDayText, wallOf } from "./times.ts";

const MOST = 50;
const DAY_MS = 86_400_000;
const text = signal("");
const shown = signal<PeopleShown>("all");
const found = signal<People | undefined>(undefined);
const chosen = signal<ReadonlySet<string>>(new Set());
/** Until when several are extended. */
const day = signal("");
let asked = 0;
let typing: number | undefined;

export async function lookAgain(): Promise<void> {
  const mine = ++asked;
  const query = `text=${encodeURIComponent(text.peek())}&shown=${shown.peek()}&most=${MOST}`;
  const told = await ask<People>("GET", `/people?${query}`);
  // A slower answer to an older question is none.
  if (mine !== asked) return;
  if ("ok" in told) found.value = told.ok;
  else tellTrouble(told.trouble);
}

export function PeopleTab(): JSX.Element {
  if (one.value !== undefined)
    return <OnePerson key={one.value.cells.编号 ?? ""} it={one.value} onClose={() => void lookAgain()} />;
  return (
    <section class="tab">
      <div class="row">
        <label class="grow">
          {say(W.search)}
          <input
            type="search"
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
              clearTimeout(typing);
              typing = window.setTimeout(() => void lookAgain(), 150);
            }}
          />
        </label>
        <button
          type="button"
          onClick={() => {
            one.value = { cells: { 编号: "", 姓名: "", 房号: "", 权限组: presetLevel(levels.peek()) }, consents: [] };
          }}
        >
          {say(W.add)}
        </button>
      </div>
      <nav class="filters" aria-label={say(W.people)}>
        {PEOPLE_SHOWN.map((name) =>
          name === "barred" ? null : (
            <button
              key={name}
              type="button"
              aria-pressed={shown.value === name}
              onClick={() => {
                shown.value = name;
                chosen.value = new Set();
                void lookAgain();
              }}
            >
              {say(SHOWN[name])}
            </button>
          ),
        )}
      </nav>
      <Many />
      <List />
      <p>
        <a class="button" href={api("/people.csv")} download="residents.csv">
          {say(W.exportFile)}
        </a>
      </p>
    </section>
  );
}

function List(): JSX.Element {
  const people = found.value;
  if (people === undefined) return <p>…</p>;
  if (people.people.length === 0) return <p>{say(W.nobody)}</p>;
  return (
    <div>
      <p>
        {say(W.total)} {people.total}
      </p>
      <ul class="people">
        {people.people.map((person) => (
          <li key={person.id}>
            <label class="pick">
              <input
                type="checkbox"
                aria-label={`${say(W.chosen)} ${person.name}`}
                checked={chosen.value.has(person.id)}
                onChange={(event) => {
                  const next = new Set(chosen.peek());
                  if (event.currentTarget.checked) next.add(person.id);
                  else next.delete(person.id);
                  chosen.value = next;
                }}
              />
            </label>
            <button type="button" class="person" onClick={() => void openOne(person.id)}>
              <b>{person.name}</b> <span>{person.household ?? ""}</span> <span>{platesOf(person)}</span>{" "}
              <State person={person} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

const platesOf = (person: PersonView): string =>
  person.credentials
    .filter(({ type }) => type === "plate")
    .map((plate) => plate.shown)
    .join(" ");

/** Shape and word beside the colour. */
function State({ person }: { readonly person: PersonView }): JSX.Element {
  const { validUntil, parkingUntil } = person;
  if (person.blocked)
    return (
      <em class="bad">
        ✕ {say(W.suspended)} {person.blockedWhy ?? ""}
      </em>
    );
  const over = validUntil !== undefined && validUntil <= Date.now();
  return (
    <span>
      <em class={over ? "bad" : "good"}>
        {over ? "✕" : "●"}{" "}
        {validUntil === undefined ? say(W.always) : `${say(over ? W.ended : W.until)} ${lastDayText(validUntil)}`}
      </em>
      {parkingUntil === undefined ? null : (
        <em class={parkingUntil <= Date.now() ? "bad" : "good"}>
          {" "}
          {say(W.parking)} {lastDayText(parkingUntil)}
        </em>
      )}
      {person.consent === "missing" ? <em class="warn"> ! {say(W.consentMissing)}</em> : null}
    </span>
  );
}

/** What is done to several at once. */
function Many(): JSX.Element | null {
  const people = found.value?.people ?? [];
  if (people.length === 0) return null;
  const ids = [...chosen.value];
  const idle = ids.length === 0 || Number.isNaN(wallOf(day.value));
  async function extend(what: "validity" | "parking"): Promise<void> {
    // The day named is the last that counts.
    const untilWallMs = wallOf(day.peek()) + DAY_MS;
    await act("POST", "/people/extend", { ids, what, untilWallMs }, W.saved);
    chosen.value = new Set();
    await lookAgain();
  }
  return (
    <div class="row many">
      <button
        type="button"
        onClick={() => {
          chosen.value = ids.length === people.length ? new Set() : new Set(people.map(({ id }) => id));
        }}
      >
        {say(W.chooseAll)}
      </button>
      <span>
        {say(W.chosen)} {ids.length}
      </span>
      <label>
        {say(W.extend)}
        <input
          type="date"
          value={day.value}
          onInput={(event) => {
            day.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="button" disabled={idle} onClick={() => void extend("validity")}>
        {say(W.extendAll)}
      </button>
      <button type="button" disabled={idle} onClick={() => void extend("parking")}>
        {say(W.parkingAll)}
      </button>
    </div>
  );
}
