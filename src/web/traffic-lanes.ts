/** The lanes to choose from: an answer about one lane names that one alone, so they are remembered from one about all. */
import { effect, signal } from "@preact/signals";
import { answer, lane } from "./traffic-ask.ts";

export const lanesKnown = signal<readonly { readonly id: string; readonly name: string }[]>([]);

effect(() => {
  const told = answer.value;
  if (told === undefined || lane.peek() !== "" || told.lanes.length < lanesKnown.peek().length) return;
  lanesKnown.value = told.lanes.map(({ lane: id, name }) => ({ id, name }));
});
