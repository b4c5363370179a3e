/** What is typed and not saved: whoever wrote it is asked before it goes. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { s, say } from "./language.ts";

const W = {
  unsaved: s("有内容还没保存，离开就没有了。", "Something isn't saved yet; it is gone if you leave."),
  stay: s("回去保存", "Go back and save"),
  leave: s("不要了，离开", "Leave without it"),
} as const;

/** What was about to be done when something unsaved stood in the way. */
const waiting = signal<(() => void) | undefined>(undefined);

const isTyped = (field: Element): boolean =>
  field instanceof HTMLInputElement &&
  (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);

/** Whether a field says another thing than when the form was opened. */
export const hasTyped = (form: HTMLFormElement): boolean => [...form.elements].some(isTyped);

/** `data-asks` = what its fields hold is lost with the form; `data-unsaved` = it knows by itself. */
const isUnsaved = (): boolean =>
  [...document.forms].some(
    (form) => form.dataset.unsaved !== undefined || (form.dataset.asks !== undefined && hasTyped(form)),
  );

/** Does it at once, or once whoever has written agrees to lose it. */
export function unlessUnsaved(then: () => void): void {
  waiting.value = isUnsaved() ? then : undefined;
  if (waiting.peek() === undefined) then();
}

export function stay(): void {
  waiting.value = undefined;
}

// The browser's own question where the whole page is left.
addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});

const focus = (button: HTMLButtonElement | null): void => button?.focus();

export function UnsavedQuestion(): JSX.Element | null {
  const then = waiting.value;
  if (then === undefined) return null;
  return (
    <div class="leaving" role="alertdialog" aria-labelledby="leaving">
      <p id="leaving" class="warn">
        ! {say(W.unsaved)}
      </p>
      <p class="row">
        <button type="button" class="primary" ref={focus} onClick={stay}>
          {say(W.stay)}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            stay();
            then();
          }}
        >
          {say(W.leave)}
        </button>
      </p>
    </div>
  );
}
