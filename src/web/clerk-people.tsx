/** Finding residents, their lists by end, and one resident: cells, suspension, consent. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { presetLevel } from "../core/access-words.ts";
import {
  CONSENT_WAYS,
  type Consent,
  PEOPLE_SHOWN,
  type People,
  type PeopleShown,
  type PersonView,
} from "../shell/register.ts";
import { act, ask, tell, tellTrouble } from "./ask.ts";
import { LevelsField, levels } from "./clerk-access.tsx";
import { SHOWN, TYPES, W, WAYS } from "./clerk-words.ts";
import { s, say } from "./language.ts";
import { api } from "./seat.ts";
import { dayText, lastDayText, timeText, wallOf } from "./times.ts";

interface One {
  readonly person?: PersonView;
  readonly cells: Readonly<Record<string, string>>;
  readonly consents: readonly Consent[];
}

const MOST = 50;
const DAY_MS = 86_400_000;
const text = signal("");
const shown = signal<PeopleShown>("all");
const found = signal<People | undefined>(undefined);
const chosen = signal<ReadonlySet<string>>(new Set());
const one = signal<One | undefined>(undefined);
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

async function openOne(id: string): Promise<void> {
  const told = await ask<One>("GET", `/people/${encodeURIComponent(id)}`);
  if ("ok" in told) one.value = told.ok;
  else tellTrouble(told.trouble);
}

export function PeopleTab(): JSX.Element {
  if (one.value !== undefined) return <OnePerson key={one.value.cells.编号 ?? ""} it={one.value} />;
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

/** The cells that a form offers, in the file's own words. */
const FIELDS: readonly (readonly [column: string, en: string])[] = [
  ["编号", "Id"],
  ["姓名", "Name"],
  ["房号", "House"],
  ["类别", "Kind"],
  ["手机后四位", "Last four of phone"],
  ["车牌", "Plates"],
  ["卡号", "Cards"],
  ["人脸编号", "Face id"],
  ["权限组", "Access levels"],
  ["生效日期", "Valid from"],
  ["有效期至", "Valid until"],
  ["停车费至", "Parking paid until"],
  ["车位", "Spaces"],
  ["行动不便", "Slow (是/否)"],
  ["密码", "PIN"],
];

function OnePerson({ it }: { readonly it: One }): JSX.Element {
  const { person } = it;
  const id = it.cells.编号 ?? "";
  function close(): void {
    one.value = undefined;
    void lookAgain();
  }
  async function save(form: HTMLFormElement): Promise<void> {
    const cells = { ...it.cells };
    const given = new FormData(form);
    for (const [column, value] of given) if (typeof value === "string") cells[column] = value;
    cells.权限组 = given.getAll("权限组").join(";");
    const { 编号: named = "", ...others } = cells;
    const told = await ask<unknown>("PUT", `/people/${encodeURIComponent(named)}`, others);
    if ("ok" in told) {
      tell(W.saved, true);
      close();
      return;
    }
    const [first] = told.trouble.mistakes ?? [];
    if (first === undefined) return tellTrouble(told.trouble);
    const { column, message, hint } = first;
    tell(s(`${column}：${message.zh}。${hint.zh}`, `${column}: ${message.en}. ${hint.en}`), false);
  }
  async function suspend(why: string | undefined): Promise<void> {
    const body = why === undefined ? { ids: [id] } : { ids: [id], why };
    if ((await act("POST", "/people/suspend", body, W.saved)) !== undefined) close();
  }
  return (
    <section class="tab">
      <button type="button" onClick={close}>
        ← {say(W.back)}
      </button>
      <h2>{person === undefined ? say(W.add) : `${person.name} ${person.household ?? ""}`}</h2>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void save(event.currentTarget);
        }}
      >
        {FIELDS.map(([column, en]) =>
          column === "权限组" && levels.value.length > 0 ? (
            <LevelsField key={column} held={it.cells[column] ?? ""} />
          ) : (
            <label key={column}>
              {say(s(column, en))}
              <input
                name={column}
                defaultValue={it.cells[column] ?? ""}
                readOnly={column === "编号" && person !== undefined}
                required={column === "编号" || column === "姓名"}
                autocomplete="off"
              />
            </label>
          ),
        )}
        <button type="submit" class="primary">
          {say(W.save)}
        </button>
      </form>
      {person === undefined ? null : (
        <div>
          {person.blocked ? (
            <button type="button" onClick={() => void suspend(undefined)}>
              {say(W.resume)}
            </button>
          ) : (
            <form
              class="row"
              onSubmit={(event) => {
                event.preventDefault();
                const why = new FormData(event.currentTarget).get("why");
                if (typeof why === "string") void suspend(why);
              }}
            >
              <label>
                {say(W.why)}
                <input name="why" required />
              </label>
              <button type="submit" class="danger">
                {say(W.suspend)}
              </button>
            </form>
          )}
          <Consents id={id} it={it} />
          <p class="row">
            <a
              class="button"
              href={api(`/people/${encodeURIComponent(id)}/about?as=page`)}
              target="_blank"
              rel="noopener"
            >
              {say(W.about)}
            </a>
            <a class="button" href={api(`/people/${encodeURIComponent(id)}/about`)} download={`${id}.json`}>
              {say(W.aboutFile)}
            </a>
          </p>
        </div>
      )}
    </section>
  );
}

function Consents({ id, it }: { readonly id: string; readonly it: One }): JSX.Element {
  const last = it.consents[0]?.notice;
  async function agree(form: HTMLFormElement): Promise<void> {
    const given = new FormData(form);
    const year = Number(given.get("birthYear"));
    const guardian = String(given.get("guardian") ?? "").trim();
    const body = {
      notice: given.get("notice"),
      how: given.get("how"),
      ...(year === 0 ? {} : { birthYear: year }),
      ...(guardian === "" ? {} : { guardian }),
    };
    if ((await act("POST", `/people/${encodeURIComponent(id)}/consents`, body, W.saved)) !== undefined)
      await openOne(id);
  }
  return (
    <section>
      <h2>{say(W.face)}</h2>
      <ul class="consents">
        {it.consents.map((consent) => (
          <li key={consent.id}>
            {timeText(consent.atWallMs)} {consent.notice ?? ""} {consent.agreedBy ?? ""} {consent.takenBy}{" "}
            {consent.guardian === undefined ? "" : `${say(W.guardian)} ${consent.guardian} `}
            {consent.state === "withdrawn" ? <b>{say(W.withdrawn)}</b> : null}
            {consent.receipts.map((receipt) => (
              <em key={receipt.terminal + receipt.face} class={receipt.held === "no" ? "good" : "warn"}>
                {" "}
                {receipt.held === "no" ? "●" : "!"} {receipt.terminal}:{" "}
                {say(receipt.held === "no" ? W.removed : receipt.held === "yes" ? W.held : W.heldUnknown)}{" "}
                {dayText(receipt.wallMs)}
              </em>
            ))}
          </li>
        ))}
      </ul>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void agree(event.currentTarget);
        }}
      >
        <label>
          {say(W.notice)}
          <input name="notice" required defaultValue={last ?? ""} />
        </label>
        <label>
          {say(W.how)}
          <select name="how">
            {CONSENT_WAYS.map((way) => (
              <option key={way} value={way}>
                {say(WAYS[way])}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say(W.birthYear)}
          <input name="birthYear" type="number" min="1900" max="2199" />
        </label>
        <label>
          {say(W.guardian)}
          <input name="guardian" />
        </label>
        <button type="submit">{say(W.agree)}</button>
      </form>
      {it.person?.consent !== undefined ? (
        <button
          type="button"
          class="danger"
          onClick={() => {
            void act("POST", `/people/${encodeURIComponent(id)}/withdraw`, undefined, W.withdrawn).then(() =>
              openOne(id),
            );
          }}
        >
          {say(W.withdraw)}
        </button>
      ) : null}
    </section>
  );
}

const ENTRIES = ["plate", "card", "face", "code"] as const;
const entries = signal<People | undefined>(undefined);

export async function lookBarred(): Promise<void> {
  const told = await ask<People>("GET", "/people?shown=barred&most=200");
  if ("ok" in told) entries.value = told.ok;
}

export function BarredTab(): JSX.Element {
  return (
    <section class="tab">
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const given = new FormData(form);
          const name = String(given.get("name") ?? "").trim();
          const body = {
            type: given.get("type"),
            value: given.get("value"),
            why: given.get("why"),
            ...(name === "" ? {} : { name }),
          };
          void act("POST", "/barred", body, W.barredNow).then((done) => {
            if (done !== undefined) form.reset();
            return lookBarred();
          });
        }}
      >
        <label>
          {say(W.kind)}
          <select name="type">
            {ENTRIES.map((type) => (
              <option key={type} value={type}>
                {say(TYPES[type])}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say(W.value)}
          <input name="value" required />
        </label>
        <label>
          {say(W.name)}
          <input name="name" />
        </label>
        <label>
          {say(W.why)}
          <input name="why" required />
        </label>
        <button type="submit" class="primary">
          {say(W.bar)}
        </button>
      </form>
      <ul class="people">
        {(entries.value?.people ?? []).map((entry) => (
          <li key={entry.id}>
            <p class="grow">
              <b>{entry.credentials.map((one) => one.shown).join(" ")}</b> {entry.name} {entry.blockedWhy ?? ""}
            </p>
            <button
              type="button"
              onClick={() => {
                void act("DELETE", `/barred/${encodeURIComponent(entry.id)}`, undefined, W.unbarred).then(lookBarred);
              }}
            >
              {say(W.unbar)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
