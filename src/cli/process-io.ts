/** The process's own streams as a verb's io. */
import type { Io } from "./verb.ts";

/** `main` gives it to `gatepost`; a reader that goes away (`| head`) ends the output quietly. */
export function processIo(): Io {
  process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
    if (fault.code === "EPIPE") process.exit(0);
    throw fault;
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of process.stdin) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      return Buffer.concat(chunks).toString("utf8");
    },
    env: process.env,
  };
}
