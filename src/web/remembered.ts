/** What this browser remembers of its own: never anything about a person. */

/** One of `choices` as remembered under `key`, else the first. */
export function recall<T extends string>(key: string, choices: readonly [T, ...T[]]): T {
  try {
    const kept = localStorage.getItem(key);
    return choices.find((one) => one === kept) ?? choices[0];
  } catch {
    return choices[0]; // a browser that keeps nothing still works
  }
}

export function remember(key: string, choice: string): void {
  try {
    localStorage.setItem(key, choice);
  } catch {
    return; // only not remembered
  }
}
