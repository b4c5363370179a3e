/** A file against the list: chosen, looked at, confirmed, and undone if it was the wrong one. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Done, Preview, Undoable } from "../shell/register.ts";
import { act, ask, tell, tellTrouble } from "./ask.ts";
import { KEPT, W, WHAT } from "./clerk-words.ts";
import { s, say } from "./language.ts";
import { api } from "./seat.ts";
import { timeText } from "./times.ts";

const preview = signal<Preview | undefined>(undefined);
const generations = signal<readonly Undoable[]>([]);
/** A file is being read. */
const reading = signal(false);
const keeping = signal<Readonly<Record<string, number | boolean | string>>>({});

async function look(file: File): Promise<void> {
  preview.value = undefined;
  reading.value = true;
  const told = await ask<Preview>("POST", "/imports", file);
  reading.value = false;
  if ("ok" in told) {
    preview.value = told.ok;
    tell(W.nothingYet, true);
  } else tellTrouble(told.trouble);
}

async function write(id: string, manySuspended: boolean): Promise<void> {
  const done = await act<Done>("POST", `/imports/${id}/apply`, { manySuspended }, W.written);
  if (done !== undefined) preview.value = undefined;
  await lookChanges();
}

export async function lookChanges(): Promise<void> {
  const told = await ask<{ readonly generations: readonly Undoable[] }>("GET", "/generations");
  if ("ok" in told) generations.value = told.ok.generations;
  const kept = await ask<typeof keeping.value>("GET", "/keeping");
  if ("ok" in kept) keeping.value = kept.ok;
}

export function ImportTab(): JSX.Element {
  return (
    <section class="tab">
      <label class="file">
        {say(W.choose)}
        <input
          type="file"
          accept=".xlsx,.xls,.csv"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) void look(file);
            // The same file, mended, is another one.
            event.currentTarget.value = "";
          }}
        />
      </label>
      {reading.value ? <p>{say(W.reading)}</p> : null}
      {preview.value === undefined ? null : <Diff it={preview.value} />}
      <Changes only="import" />
    </section>
  );
}

function Diff({ it }: { readonly it: Preview }): JSX.Element {
  const { counts } = it;
  return (
    <div class="diff">
      <p class="counts">
        <b>
          + {say(W.added)} {counts.added}
        </b>
        <b>
          ~ {say(W.changed)} {counts.changed}
        </b>
        <b>
          − {say(W.gone)} {counts.suspended}
        </b>
        <b>
          = {say(W.same)} {counts.same}
        </b>
        <b class={counts.errors > 0 ? "bad" : ""}>
          ! {say(W.errors)} {counts.errors}
        </b>
      </p>
      {counts.nowhere > 0 ? (
        <p class="warn">
          ! {counts.nowhere} {say(W.nowhere)}
        </p>
      ) : null}
      {counts.errors > 0 ? (
        <a class="button" href={api(`/imports/${it.id}/mistakes.xlsx`)} download="mistakes.xlsx">
          {say(W.errorFile)}
        </a>
      ) : it.manySuspended ? (
        <div>
          <p class="warn">! {say(W.many)}</p>
          <button type="button" class="danger" onClick={() => void write(it.id, true)}>
            {say(W.confirmMany)}
          </button>
        </div>
      ) : (
        <button type="button" class="primary" onClick={() => void write(it.id, false)}>
          {say(W.confirm)}
        </button>
      )}
      <ul>
        {it.errors.map((mistake, at) => (
          <li key={`e${at}`} class="bad">
            ! {say(s(`第 ${mistake.row} 行`, `Row ${mistake.row}`))} {mistake.column} “{mistake.value}”：
            {say(mistake.message)} → {say(mistake.hint)}
          </li>
        ))}
        {it.added.map((person) => (
          <li key={`a${person.row}`}>+ {person.name}</li>
        ))}
        {it.changed.map((person) => (
          <li key={`c${person.row}`}>
            ~ {person.name}{" "}
            {person.cells.map((cell) => `${cell.column}: ${cell.from || "—"} → ${cell.to || "—"}`).join("；")}
          </li>
        ))}
        {it.suspended.map((person) => (
          <li key={`s${person.name}`}>− {person.name}</li>
        ))}
      </ul>
    </div>
  );
}

/** What was changed in the last 30 days, each to be undone. */
function Changes({ only }: { readonly only?: string }): JSX.Element {
  const due = generations.value.filter(({ what }) => only === undefined || what === only);
  return (
    <ul class="people">
      {due.map((made) => (
        <li key={made.number}>
          <p class="grow">
            {timeText(made.atWallMs)} {made.by} <b>{say(WHAT[made.what] ?? W.undo)}</b> {made.people}
          </p>
          <button
            type="button"
            onClick={() => {
              void act("POST", `/generations/${made.number}/undo`, undefined, W.undone).then(lookChanges);
            }}
          >
            {say(W.undo)}
          </button>
        </li>
      ))}
    </ul>
  );
}

export function ChangesTab(): JSX.Element {
  return (
    <section class="tab">
      <Changes />
      <h2>{say(W.keeping)}</h2>
      <ul>
        {Object.entries(keeping.value).map(([name, value]) => (
          <li key={name}>
            {say(KEPT[name] ?? s(name, name))}: {String(value)}
          </li>
        ))}
      </ul>
    </section>
  );
}
