#!/usr/bin/env node
// `npm run fleet [-- --gates N] [--records N]`: the uplinks of many gates into a cluster of three NATS nodes and
// PostgreSQL (docs/fleet), one node killed in the middle. Ends with 0 when nothing is missing and nothing is there twice.
import { program, provide } from "./program.mjs";

const missing = provide([
  ["command -v nats-server", "nats-server", "the cluster"],
  ["command -v haproxy", "haproxy", "the balancer"],
  ["ls /usr/lib/postgresql/*/bin/initdb", "postgresql", "the database"],
]);
if (missing.length > 0) process.exit(1);
await program("test/fleet/fleet.ts", "fleet-program", process.argv.slice(2));
