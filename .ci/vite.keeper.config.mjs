// The keeper of the outputs as a small bundle of its own: it must start quickly and need next to nothing.
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  ssr: { target: "node", noExternal: true, external: ["epoll", "koffi", "onoff"] },
  build: {
    ssr: "src/adapters/gpio-keeper.ts",
    outDir: "dist",
    emptyOutDir: false,
    target: "node20",
    minify: false,
    sourcemap: false,
    rollupOptions: { output: { format: "cjs", entryFileNames: "keeper.cjs", codeSplitting: false } },
  },
});
