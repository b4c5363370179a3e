// The register's thread as a bundle of its own: the gate neither loads nor holds what only a clerk needs.
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  ssr: { target: "node", noExternal: true, external: ["better-sqlite3", "koffi"] },
  build: {
    ssr: "src/main-register-thread.ts",
    outDir: "dist",
    emptyOutDir: false,
    target: "node20",
    minify: false,
    sourcemap: false,
    rollupOptions: { output: { format: "cjs", entryFileNames: "register.cjs", codeSplitting: false } },
  },
});
