/** Impact assessments on the clerk's page: what the gate fills in, what people write, the records, and a sheet to print. */
import { computed, signal } from "@preact/signals";
import type { JSX } from "preact";
import { BLANKS, type ImpactFacts, type ImpactWords, keptUntil } from "../core/impact.ts";
import type { Sentence } from "../shell/desk.ts";
import type { Assessment, ImpactView, WholeAssessment } from "../shell/impact.ts";
import { act, ask, tellTrouble } from "./ask.ts";
import { fieldsOf } from "./fields.ts";
import { sectionsOf } from "./impact-sheet.ts";
import { BLANK_WORDS, SHEET, STANDS_ON_WORDS, W } from "./impact-words.ts";
import { language, say } from "./language.ts";
import { dayText, timeText } from "./times.ts";

const view = signal<ImpactView | undefined>(undefined);
/** What is being written. */
const words = signal<ImpactWords | undefined>(undefined);
const opened = signal<WholeAssessment | undefined>(undefined);

/** Whether somebody must look at it: the tab says so. */
export const impactDue = computed(() => view.value !== undefined && view.value.due.is !== "no");

/** @param quietly nobody has asked for the tab: a trouble is not told */
export async function lookImpact(quietly = false): Promise<void> {
  const told = await ask<ImpactView>("GET", "/assessments");
  if ("ok" in told) {
    view.value = told.ok;
    words.value ??= told.ok.words;
  } else if (!quietly) tellTrouble(told.trouble);
}

async function open(number: number): Promise<void> {
  const told = await ask<WholeAssessment>("GET", `/assessments/${number}`);
  if ("trouble" in told) return tellTrouble(told.trouble);
  opened.value = told.ok;
  // What is done with it stands above it.
  window.scrollTo(0, 0);
}

async function record(): Promise<void> {
  const body = { words: words.peek(), seen: view.peek()?.seen };
  const made = await act<Assessment>("POST", "/assessments", body, W.recorded);
  await lookImpact(true);
  if (made !== undefined) await open(made.number);
}

async function sign(form: HTMLFormElement, number: number): Promise<void> {
  const given = fieldsOf(form);
  const body = { signedBy: given("signedBy"), signedOn: given("signedOn") };
  if ((await act("POST", `/assessments/${number}/signature`, body, W.noted)) === undefined) return;
  await lookImpact(true);
  await open(number);
}

export function ImpactTab(): JSX.Element {
  const now = view.value;
  if (now === undefined) return <p class="loading">{say(W.loading)}</p>;
  const record = opened.value;
  return (
    <section class="tab impact">
      {record === undefined ? <Now now={now} /> : <Opened record={record} />}
      <Sheet facts={record?.facts ?? now.facts} {...(record === undefined ? {} : { record })} />
    </section>
  );
}

function Now({ now }: { readonly now: ImpactView }): JSX.Element {
  return (
    <div class="noprint">
      <Due now={now} />
      <h2>{say(W.records)}</h2>
      {now.records.length === 0 ? <p>{say(W.none)}</p> : null}
      <ul class="records">
        {now.records.map((one) => (
          <li key={one.number} class="row">
            <p class="grow">
              {say(W.number)} {one.number} · {timeText(one.atWallMs)} · {one.by} · <Signed record={one} />
            </p>
            <button type="button" onClick={() => void open(one.number)}>
              {say(W.open)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Due({ now: { due } }: { readonly now: ImpactView }): JSX.Element {
  switch (due.is) {
    case "never-signed":
      return <p class="due warn">! {say(W.never)}</p>;
    case "changed": {
      const changed = due.facts.map((fact) => say(STANDS_ON_WORDS[fact]));
      return (
        <p class="due warn">
          ! {say(W.changed)} <b>{changed.join(language.value === "zh" ? "、" : ", ")}</b>
        </p>
      );
    }
    case "no":
      return <p class="due good">● {say(W.fine)}</p>;
  }
}

function Signed({ record: { signed } }: { readonly record: Assessment }): JSX.Element {
  if (signed === undefined) return <em class="warn">! {say(W.unsigned)}</em>;
  return (
    <em class="good">
      ● {say(W.signed)} {signed.signedBy} {signed.signedOn}
    </em>
  );
}

function Opened({ record }: { readonly record: WholeAssessment }): JSX.Element {
  return (
    <div class="noprint">
      <p class="row">
        <button
          type="button"
          onClick={() => {
            opened.value = undefined;
          }}
        >
          ← {say(W.back)}
        </button>
        <button type="button" class="primary" onClick={() => window.print()}>
          {say(W.print)}
        </button>
        <Signed record={record} />
      </p>
      {record.signed !== undefined ? null : (
        <form
          class="fields"
          onSubmit={(event) => {
            event.preventDefault();
            void sign(event.currentTarget, record.number);
          }}
        >
          <label>
            {say(W.signedBy)}
            <input name="signedBy" required maxLength={64} autocomplete="off" />
          </label>
          <label>
            {say(W.signedOn)}
            <input name="signedOn" type="date" required defaultValue={dayText(Date.now())} />
          </label>
          <button type="submit">{say(W.sign)}</button>
        </form>
      )}
    </div>
  );
}

/** Chinese first, English beside: a record is read by people who may speak but one. */
function Both({ of }: { readonly of: Sentence }): JSX.Element {
  return (
    <>
      <span lang="zh-CN">{of.zh}</span> {of.en === "" ? null : <span lang="en">{of.en}</span>}
    </>
  );
}

function Sheet({ facts, record }: { readonly facts: ImpactFacts; readonly record?: WholeAssessment }): JSX.Element {
  return (
    <article class="sheet">
      <h2>
        <Both of={SHEET.title} />
      </h2>
      <p class="which">
        <b>
          {facts.site} {facts.gate}
        </b>{" "}
        {record === undefined ? (
          <Both of={SHEET.draft} />
        ) : (
          <span>
            № {record.number} · <time>{timeText(record.atWallMs)}</time> · <Both of={SHEET.by} /> {record.by} ·{" "}
            <Both of={SHEET.keep} /> <time>{dayText(keptUntil(record.atWallMs))}</time>
          </span>
        )}
      </p>
      {facts.simulation ? (
        <p class="warn">
          ! <Both of={SHEET.simulated} />
        </p>
      ) : null}
      <p>
        <Both of={SHEET.basis} />
      </p>
      {sectionsOf(facts).map(({ title, rows }) => (
        <section key={title.en}>
          <h3>
            <Both of={title} />
          </h3>
          <table>
            <tbody>
              {rows.map(([what, is]) => (
                <tr key={what.zh + is.zh}>
                  <th scope="row">
                    <Both of={what} />
                  </th>
                  <td>
                    <Both of={is} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
      <Blanks {...(record === undefined ? {} : { written: record.words })} />
      <Signature {...(record === undefined ? {} : { record })} />
    </article>
  );
}

/** A field on the screen while it is written; on paper its text, or room for a pen. */
function Blanks({ written }: { readonly written?: ImpactWords }): JSX.Element {
  const said = written ?? words.value;
  return (
    <section>
      <h3>
        <Both of={{ zh: `九、${SHEET.people.zh}`, en: `9. ${SHEET.people.en}` }} />
      </h3>
      <p class="noprint">{say(SHEET.nameless)}</p>
      {BLANKS.map((blank) => (
        <div key={blank} class="blank" data-blank={blank}>
          <label for={`blank-${blank}`}>
            <Both of={BLANK_WORDS[blank]} />
          </label>
          {written !== undefined ? null : (
            <textarea
              id={`blank-${blank}`}
              class="noprint"
              rows={blank === "assessors" ? 1 : 3}
              maxLength={blank === "assessors" ? 200 : 4_000}
              value={said?.[blank] ?? ""}
              onInput={(event) => {
                const now = words.peek();
                if (now !== undefined) words.value = { ...now, [blank]: event.currentTarget.value };
              }}
            />
          )}
          <p class={written === undefined ? "written paper" : "written"}>{said?.[blank] ?? ""}</p>
        </div>
      ))}
      {written !== undefined ? null : (
        <p class="row noprint">
          <button type="button" class="primary" onClick={() => void record()}>
            {say(W.record)}
          </button>
          <button type="button" onClick={() => window.print()}>
            {say(W.print)}
          </button>
        </p>
      )}
    </section>
  );
}

function Signature({ record }: { readonly record?: WholeAssessment }): JSX.Element {
  const { signedBy = "", signedOn = "" } = record?.signed ?? {};
  return (
    <p class="signature">
      <span>
        <Both of={SHEET.signature} /> <u>{signedBy}</u>
      </span>
      <span>
        <Both of={SHEET.date} /> <u>{signedOn}</u>
      </span>
      <span>
        <Both of={SHEET.seal} /> <u />
      </span>
    </p>
  );
}
