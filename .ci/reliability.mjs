#!/usr/bin/env node
// `npm run reliability [-- --full] [-- --only NAME] [-- --doc]`: runs the tests that the rows of test/reliability/rows.ts
// name, and writes docs/reliability.md of what they showed.
import { program } from "./program.mjs";

await program("test/reliability/run.ts", "reliability-program", process.argv.slice(2));
