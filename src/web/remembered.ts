/** What this browser remembers of its own: how the page looks, and which account entered last; never a resident. */

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

/** Any short text as remembered under `key`; empty when there is none. */
export function recallText(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}
