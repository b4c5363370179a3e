#!/usr/bin/env node
// `npm run planted [-- --only NAME]`: builds the faults of test/reliability/faults.ts one by one into a copy of the tree,
// and tells which test caught each. Ends with 1 when one escapes.
import { program } from "./program.mjs";

await program("test/reliability/planted.ts", "planted-program", process.argv.slice(2));
