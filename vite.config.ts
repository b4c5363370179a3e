import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { PAGES } from "./src/core/pages.ts";

const web = (file: string) => fileURLToPath(new URL(`./src/web/${file}`, import.meta.url));

/** Builds the pages of `core/pages.ts` into dist/web; booths have old browsers, so nothing newer than Chrome 61 may come out. */
export default defineConfig({
  root: fileURLToPath(new URL("./src/web", import.meta.url)),
  base: "/",
  publicDir: "public",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "chrome61",
    cssTarget: "chrome61",
    outDir: fileURLToPath(new URL("./dist/web", import.meta.url)),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: { input: PAGES.map(({ file }) => web(file)) },
  },
});
