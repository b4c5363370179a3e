/** Visitor passes: made in four fields, shown as a picture and six digits, printed, ended. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import type { PassView } from "../shell/register.ts";
import { act, ask } from "./ask.ts";
import { DAYS, W } from "./clerk-words.ts";
import { say } from "./language.ts";
import { api } from "./seat.ts";
import { fieldTime, timeText, wallOf } from "./times.ts";

type Kind = "once" | "window" | "several" | "weekly";
const KINDS: readonly Kind[] = ["once", "window", "several", "weekly"];
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const kind = signal<Kind>("once");
const passes = signal<readonly PassView[]>([]);
/** The one that is shown large, and printed. */
const fresh = signal<PassView | undefined>(undefined);

export async function lookPasses(): Promise<void> {
  const told = await ask<{ readonly passes: readonly PassView[] }>("GET", "/passes");
  if ("ok" in told) passes.value = told.ok.passes;
}

async function make(form: HTMLFormElement): Promise<void> {
  const given = new FormData(form);
  const field = (name: string): string => String(given.get(name) ?? "").trim();
  const uses = kind.value === "once" ? 1 : Number(field("uses"));
  const asked = {
    visitor: field("visitor"),
    fromWallMs: wallOf(field("from")),
    untilWallMs: wallOf(field("to")),
    ...(field("household") === "" ? {} : { household: field("household") }),
    ...(field("plate") === "" ? {} : { plate: field("plate") }),
    ...(uses > 0 && kind.value !== "window" ? { uses } : {}),
    ...(kind.value === "weekly"
      ? {
          times: {
            weekdays: given.getAll("weekday").map(Number),
            from: minuteOf(field("dayFrom")),
            until: minuteOf(field("dayTo")),
          },
        }
      : {}),
  };
  const made = await act<PassView>("POST", "/passes", asked, W.made);
  if (made === undefined) return;
  fresh.value = made;
  await lookPasses();
}

const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

export function PassesTab(): JSX.Element {
  const now = Date.now();
  return (
    <section class="tab">
      {fresh.value === undefined ? null : <Ticket it={fresh.value} />}
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void make(event.currentTarget);
        }}
      >
        <label>
          {say(W.visitor)}
          <input name="visitor" required maxLength={64} />
        </label>
        <label>
          {say(W.house)}
          <input name="household" required />
        </label>
        <label>
          {say(W.plate)}
          <input name="plate" />
        </label>
        <fieldset class="choice">
          <legend>{say(W.kind)}</legend>
          {KINDS.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={kind.value === one}
              onClick={() => {
                kind.value = one;
              }}
            >
              {say(W[one])}
            </button>
          ))}
        </fieldset>
        <label>
          {say(W.from)}
          <input type="datetime-local" name="from" required defaultValue={fieldTime(now)} />
        </label>
        <label>
          {say(W.to)}
          <input
            type="datetime-local"
            name="to"
            required
            key={kind.value}
            defaultValue={fieldTime(now + (kind.value === "weekly" ? 90 * DAY_MS : 12 * HOUR_MS))}
          />
        </label>
        {kind.value === "several" || kind.value === "weekly" ? (
          <label>
            {say(W.uses)}
            <input type="number" name="uses" min="1" max="1000" required={kind.value === "several"} />
          </label>
        ) : null}
        {kind.value === "weekly" ? (
          <fieldset class="days">
            <legend>{say(W.weekdays)}</legend>
            {DAYS.map((day, at) => (
              <label key={day.en} class="pick">
                <input type="checkbox" name="weekday" value={at + 1} defaultChecked={at < 5} />
                {say(day)}
              </label>
            ))}
          </fieldset>
        ) : null}
        {kind.value === "weekly" ? (
          <label>
            {say(W.dayFrom)}
            <input type="time" name="dayFrom" required defaultValue="08:00" />
          </label>
        ) : null}
        {kind.value === "weekly" ? (
          <label>
            {say(W.dayTo)}
            <input type="time" name="dayTo" required defaultValue="18:00" />
          </label>
        ) : null}
        <button type="submit" class="primary">
          {say(W.make)}
        </button>
      </form>
      {passes.value.length === 0 ? <p>{say(W.noPass)}</p> : null}
      <ul class="people">
        {passes.value.map((pass) => (
          <li key={pass.id}>
            <button
              type="button"
              class="person"
              onClick={() => {
                fresh.value = pass;
              }}
            >
              <b>{pass.visitor}</b> {pass.household ?? ""} {timeText(pass.fromWallMs)} – {timeText(pass.untilWallMs)}{" "}
              {pass.uses === undefined ? "" : `${say(W.used)} ${pass.used}/${pass.uses}`}
            </button>
            <button
              type="button"
              class="danger"
              onClick={() => {
                if (fresh.peek()?.id === pass.id) fresh.value = undefined;
                void act("DELETE", `/passes/${encodeURIComponent(pass.id)}`, undefined, W.endedNow).then(lookPasses);
              }}
            >
              {say(W.end)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Ticket({ it }: { readonly it: PassView }): JSX.Element {
  const picture = api(`/passes/${encodeURIComponent(it.id)}/qr.png`);
  return (
    <article class="ticket" data-pass={it.id}>
      <img src={picture} alt={`${say(W.code)} ${it.code}`} width="260" height="260" />
      <div>
        <h2>
          {it.visitor} → {it.household ?? ""}
        </h2>
        <p class="digits">
          {it.code.slice(0, 3)} {it.code.slice(3)}
        </p>
        <p>
          {timeText(it.fromWallMs)} – {timeText(it.untilWallMs)}
        </p>
        {it.plate === undefined ? null : <p>{it.plate}</p>}
        <p class="row noprint">
          <button type="button" onClick={() => print()}>
            {say(W.print)}
          </button>
          <a class="button" href={picture} download={`${it.visitor}.png`}>
            {say(W.picture)}
          </a>
        </p>
      </div>
    </article>
  );
}
