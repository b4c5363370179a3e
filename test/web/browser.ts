/** What the tests of the pages share: a browser, the built pages, and a look at what sticks out of them. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";

/** Debian's Chromium, where there is one. */
export const BROWSER = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
export const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
if (BROWSER === undefined) console.warn("the page's tests: skipped, no chromium here (Debian package: chromium)");

/** Run in the page: what sticks out, and what is too small for older eyes and hands. */
export const LAYOUT = `(() => {
  const shown = (one) => one.getClientRects().length > 0;
  const all = [...document.querySelectorAll("body *")].filter(shown);
  const words = all.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3) && !one.closest("svg"));
  const box = document.scrollingElement;
  const sticksOut = (one) => {
    const { right, bottom } = one.getBoundingClientRect();
    // A card hides what doesn't fit in it, and a hidden button can't be scrolled to.
    const card = one.closest(".lane") === null ? undefined : one.closest(".lane").getBoundingClientRect();
    const [most, lowest] = card === undefined ? [innerWidth, innerHeight] : [card.right, card.bottom];
    return right > most + 0.5 || bottom > lowest + 0.5;
  };
  return {
    wide: box.scrollWidth - innerWidth,
    high: box.scrollHeight - innerHeight,
    small: all
      .filter((one) => one.matches("button") && (one.offsetHeight < 60 || one.offsetWidth < 60))
      .map((one) => one.textContent),
    tiny: words.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 20).map((one) => one.tagName),
    outside: all
      .filter((one) => one.matches(".lane button, .tabs button, .event, .barrier, .why button, .lock button, .lock input, .head button") && sticksOut(one))
      .map((one) => one.className),
    cut: all
      .filter((one) => one.matches(".verdict span, .alarm b") && one.scrollWidth > one.clientWidth)
      .map((one) => one.textContent),
  };
})()`;

/** Builds the pages into a folder of its own, to be removed by whoever asks. */
export async function builtPages(): Promise<string> {
  const assets = mkdtempSync(join(tmpdir(), "gatepost-web-"));
  await build({ logLevel: "silent", build: { outDir: assets, emptyOutDir: true } });
  return assets;
}

/** How the page looks in this browser, before it is loaded: what `looks.ts` and `language.ts` remember. */
export function looking(looks: {
  readonly size?: string;
  readonly theme?: string;
  readonly language?: string;
}): string {
  return Object.entries(looks)
    .map(([key, value]) => `localStorage.setItem(${JSON.stringify(key)}, ${JSON.stringify(value)});`)
    .join("");
}
