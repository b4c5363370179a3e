import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { PAGES } from "./src/core/pages.ts";

const web = (file: string) => fileURLToPath(new URL(`./src/web/${file}`, import.meta.url));

/** Each script and style sheet a second time, gzipped once here, so that a booth's slow line is spared and the gate compresses nothing. */
const gzipped: Plugin = {
  name: "gzipped",
  writeBundle: ({ dir = "" }) => {
    const assets = join(dir, "assets");
    for (const name of readdirSync(assets))
      if (/\.(js|css)$/.test(name))
        writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
  },
};

/** Builds the pages of `core/pages.ts` into dist/web; booths have old browsers, so nothing newer than Chrome 61 may come out. */
export default defineConfig({
  root: fileURLToPath(new URL("./src/web", import.meta.url)),
  base: "/",
  publicDir: "public",
  plugins: [gzipped],
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
