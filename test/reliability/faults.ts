// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code stands here as it stands in the source
/**
 * Faults that somebody could build in with one careless line. `npm run planted` builds each into a copy of the tree and
 * runs there the tests that must notice. `from` stands exactly once in its file; a test of the suite holds that.
 */
export interface Fault {
  readonly name: string;
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
  /** Only tests whose full names hold this (vitest -t). */
  readonly only?: string;
  /** The tests run the built program, which must be built anew. */
  readonly built?: true;
}

export const FAULTS: readonly Fault[] = [
  {
    name: "relay-before-row",
    what: "The relay is moved first, the row written afterwards",
    file: "src/shell/loop.ts",
    from: "    if (due.length > 0) journal.write();\n    for (const { lane, command } of due) deps.move(lane, command);\n",
    to: "    for (const { lane, command } of due) deps.move(lane, command);\n    if (due.length > 0) journal.write();\n",
    tests: ["test/shell/row-before-relay.test.ts"],
  },
  {
    name: "retained-ignored",
    what: "The broker's retained flag is ignored",
    file: "src/core/fresh.ts",
    from: '  if (mark.retained) return "retained";\n',
    to: "",
    tests: ["test/links/retained.test.ts"],
  },
  {
    name: "used-forgotten",
    what: "Used event ids are forgotten at a restart",
    file: "src/adapters/journal-used.ts",
    from: "return ask(() => store.used(device, event), false);",
    to: "return false;",
    tests: ["test/keeping/journal.test.ts"],
  },
  {
    name: "acknowledged-early",
    what: "A terminal is told that its record is kept before it is durable",
    file: "src/shell/wall.ts",
    from: "else deps.whenDurable(seq, answer);",
    to: "else answer();",
    tests: ["test/whole/power-cut.test.ts"],
    only: "deciding",
    built: true,
  },
  {
    name: "unknown-is-clear",
    what: "A safety input that says nothing counts as clear",
    file: "src/core/lane-inputs.ts",
    from: '      return "unknown";\n  }\n}\n\n/** The guards taken together',
    to: '      return "clear";\n  }\n}\n\n/** The guards taken together',
    tests: ["test/core/lane-storm.test.ts"],
    only: "promise 2",
  },
  {
    name: "chain-without-before",
    what: "A row's hash doesn't cover the hash before it",
    file: "src/adapters/journal-chain.ts",
    from: "Buffer.concat([before, text], before.length + text.length)",
    to: "Buffer.concat([GENESIS, text], before.length + text.length)",
    tests: ["test/keeping/journal-edits.test.ts"],
  },
  {
    name: "pin-in-export",
    what: "PINs stand in the exported list",
    file: "src/adapters/import-written.ts",
    from: "return SECRETS.has(column) ? cell.replaceAll(/[^;]+/g, MASK) : cell;",
    to: "return cell;",
    tests: ["test/keeping/import-codes.test.ts"],
  },
  {
    name: "name-upstream",
    what: "All that a row says goes to the county, names included",
    file: "src/uplink/records.ts",
    from: '    ...record(row, codes, before, "event"),\n    ...(row.lane === undefined',
    to: '    ...open,\n    ...record(row, codes, before, "event"),\n    ...(row.lane === undefined',
    tests: ["test/uplink/privacy.test.ts"],
  },
  {
    name: "pulse-outlives",
    what: "The keeper of the outputs stays when the gate's process dies",
    file: "src/adapters/gpio-keeper.ts",
    from: 'process.stdin.on("end", () => end(0));',
    to: 'process.stdin.on("end", () => undefined);',
    tests: ["test/gpio/keeper.test.ts"],
    only: "the owner in the middle of a pulse",
    built: true,
  },
  {
    name: "other-origin",
    what: "An order is accepted from another site's page",
    file: "src/adapters/http-border.ts",
    from: "return originProblem(request);",
    to: "return undefined;",
    tests: ["test/web/attacks.test.ts"],
    built: true,
  },
  {
    name: "sync-skipped",
    what: "The disk is never asked to sync the log",
    file: "src/adapters/journal-sync.ts",
    from: "fdatasync(log, (error) => {",
    to: "setImmediate((error: Error | null = null) => {",
    tests: ["test/whole/power-cut.test.ts"],
    only: "deciding",
    built: true,
  },
  {
    name: "before-connection",
    what: "What a broker kept for us counts as said now",
    file: "src/adapters/mqtt.ts",
    from: "beforeConnection: fence !== undefined,",
    to: "beforeConnection: false,",
    tests: ["test/links/mqtt-fence.test.ts", "test/links/mqtt-publishes.test.ts"],
  },
  {
    name: "any-epoch",
    what: "A remote command for another connection is carried out",
    file: "src/uplink/command-judge.ts",
    from: '  if (command.epoch !== now.epoch) return "wrong-epoch";\n',
    to: "",
    tests: ["test/uplink/command-judge.test.ts", "test/uplink/command-histories.test.ts"],
  },
  {
    name: "ids-without-device",
    what: "One device's event id uses up the same id of another device",
    file: "src/adapters/journal-waiting.ts",
    from: "`${device}\\0${event}`",
    to: "`${event}`",
    tests: ["test/keeping/journal.test.ts"],
  },
];
