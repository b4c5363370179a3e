/** Keys as booths have them. Space never opens, a held key doesn't repeat; with nobody entered only F4 works. */
import { view } from "./link.ts";
import { can, me } from "./session.ts";
import { close, covered, lock, sheet } from "./shift.tsx";
import { lastOrdered, tap } from "./taps.ts";

const KEYS = ["F1", "F2", "F3", "F4", "F7", "F8"] as const;

function onOrder(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLElement && event.target.classList.contains("order");
}

function pressed(event: KeyboardEvent): void {
  if (onOrder(event) && (event.key === " " || (event.key === "Enter" && event.repeat))) event.preventDefault();
  if (event.key === "Escape") close();
  const key = KEYS.find((one) => one === event.key);
  if (key === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  if (!event.repeat) act(key);
}

function act(key: (typeof KEYS)[number]): void {
  const lanes = (view.peek()?.lanes ?? []).filter((lane) => lane.abilities.length > 0);
  if (key === "F4") {
    for (const lane of lanes) if (lane.abilities.includes("stop")) void tap(lane.id, "stop");
    return;
  }
  const works = (me.peek() === undefined || can("operate")) && !covered.peek();
  if (!works) return;
  switch (key) {
    case "F1":
      return order(lanes[0]?.id, "open");
    case "F2":
      return order(lanes[1]?.id, "open");
    case "F3":
      return order(lanes.find(({ id }) => id === lastOrdered.peek())?.id ?? lanes[0]?.id, "close");
    case "F7":
      sheet.value = sheet.peek() === "hand-over" ? "none" : "hand-over";
      return;
    case "F8":
      return void lock();
  }
}

function order(id: string | undefined, what: "open" | "close"): void {
  const lane = view.peek()?.lanes.find((one) => one.id === id);
  if (lane?.abilities.includes(what)) void tap(lane.id, what);
}

/** A button answers Space when it is let go. */
function released(event: KeyboardEvent): void {
  if (onOrder(event) && event.key === " ") event.preventDefault();
}

export function beginKeys(): void {
  document.addEventListener("keydown", pressed);
  document.addEventListener("keyup", released);
}
