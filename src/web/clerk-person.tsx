/** One resident: the cells, suspension, consent, and what is kept of the person. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { CONSENT_WAYS, type Consent, type PersonView } from "../shell/register.ts";
import { act, ask, tell, tellTrouble } from "./ask.ts";
import { LevelsField, levels } from "./clerk-access.tsx";
import { hasTyped, unlessUnsaved } from "./clerk-unsaved.tsx";
import { W, WAYS } from "./clerk-words.ts";
import { s, say } from "./language.ts";
import { api } from "./seat.ts";
import { dayText, timeText } from "./times.ts";

interface One {
  readonly person?: PersonView;
  readonly cells: Readonly<Record<string, string>>;
  readonly consents: readonly Consent[];
}

/** Whose form is open. */
export const one = signal<One | undefined>(undefined);

export async function openOne(id: string): Promise<void> {
  const told = await ask<One>("GET", `/people/${encodeURIComponent(id)}`);
  if ("ok" in told) one.value = told.ok;
  else tellTrouble(told.trouble);
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

/** @param onClose something may have changed */
export function OnePerson({ it, onClose }: { readonly it: One; readonly onClose: () => void }): JSX.Element {
  const { person } = it;
  const id = it.cells.编号 ?? "";
  const cells = useRef<HTMLFormElement>(null);
  function close(): void {
    one.value = undefined;
    onClose();
  }
  async function save(form: HTMLFormElement): Promise<void> {
    const written = { ...it.cells };
    const given = new FormData(form);
    for (const [column, value] of given) if (typeof value === "string") written[column] = value;
    written.权限组 = given.getAll("权限组").join(";");
    const { 编号: named = "", ...others } = written;
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
    if ((await act("POST", "/people/suspend", body, W.saved)) === undefined) return;
    // What is being changed beside it stays to be saved.
    if (cells.current !== null && hasTyped(cells.current)) await openOne(id);
    else close();
  }
  return (
    <section class="tab">
      <button type="button" onClick={() => unlessUnsaved(close)}>
        ← {say(W.back)}
      </button>
      <h2>{person === undefined ? say(W.add) : `${person.name} ${person.household ?? ""}`}</h2>
      <form
        ref={cells}
        class="fields"
        data-asks
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
              data-asks
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
    if ((await act("POST", `/people/${encodeURIComponent(id)}/consents`, body, W.saved)) === undefined) return;
    form.reset();
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
        data-asks
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
