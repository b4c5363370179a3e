/** What @preact/signals calls and Chrome has since 71. Imported before anything else by each page. */
if (typeof queueMicrotask !== "function") {
  const later = (then: () => void): void => void Promise.resolve().then(then);
  Object.defineProperty(self, "queueMicrotask", { value: later });
}
