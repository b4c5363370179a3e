#!/usr/bin/env node
// The `gatepost` command. Loads the one bundle beside it with V8's code cache (0.2 s instead of 0.6 s on a Pi-class start);
// a cache of another Node version, or none, only costs the time.
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname, join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

// The young part of the heap stays at 1 MB instead of growing to 32: short pauses, and memory that a small Pi has.
setFlagsFromString("--semi-space-growth-factor=1");
// The old part is collected at one and a half times what lives in it, as V8 itself does where a machine has little memory; with much it
// would let garbage lie until four times (a backlog going up: 280 MB instead of 160).
setFlagsFromString("--heap-growing-percent=50");

const file = join(__dirname, "service.cjs");
const cacheFile = join(__dirname, "service.cache");
let cachedData;
try {
  cachedData = readFileSync(cacheFile);
} catch {
  cachedData = undefined; // first run after a build
}
// The build leaves nothing but ASCII and writes the wrapper itself: one byte a character, and no second copy.
const script = new Script(readFileSync(file, "latin1"), {
  filename: file,
  ...(cachedData === undefined ? {} : { cachedData }),
  importModuleDynamically: (name) => import(name),
});
const module_ = { exports: {} };
script.runInThisContext()(module_.exports, createRequire(file), module_, file, dirname(file));

const writeCache = process.argv.indexOf("--write-code-cache");
if (writeCache !== -1) process.argv.splice(writeCache, 1);
void module_.exports.run(process.argv.slice(2), __dirname).then((code) => {
  process.exitCode = code;
  if (writeCache !== -1) writeFileSync(cacheFile, script.createCachedData());
  // Everything is closed and said. Left to itself Node first waits for each request that an addon has not taken back, and
  // was seen to wait for ever, at full speed, on a gate that had been told to stop.
  else if (process.argv[2] === "start") process.exit();
});
