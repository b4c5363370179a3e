// The service as one CommonJS bundle: it loads in a third of the time of its packages as modules (docs/decisions.md).
// Native packages stay outside; they are loaded from node_modules.
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  ssr: {
    target: "node",
    noExternal: true,
    external: ["@node-rs/argon2", "better-sqlite3", "@serialport/bindings-cpp", "epoll", "koffi", "onoff"],
  },
  build: {
    ssr: "src/cli/entry.ts",
    outDir: "dist",
    emptyOutDir: false,
    target: "node20",
    minify: false,
    sourcemap: false,
    rollupOptions: {
      output: {
        format: "cjs",
        entryFileNames: "service.cjs",
        codeSplitting: false,
        // Names stay, for the stack in a log; comments and blanks go, since V8 keeps the text in memory.
        minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      },
    },
  },
});
