/** What stands in for a gate.yaml that can't be used: the last one that this gate was ready with. */
import { dirname, join, resolve } from "node:path";
import type { Environment } from "./environment.ts";
import { checkText, type Loaded, type LoadOptions, loadConfig, type NotLoaded, readText } from "./load.ts";
import { readSource } from "./source.ts";

/** In the data folder; written by a gate that was ready for a minute. */
export const GOOD_FILE = "gate.yaml.good";
/** As the schema has it, for a file that can't even say where its data lie. */
const USUAL_DATA_DIR = "/var/lib/gatepost";

/**
 * As {@link loadConfig}; where that finds errors, the last good configuration with the errors as `broken`. A slip of the pen
 * must not leave an entrance without a gate, and this wiring is the one that worked last. Never throws.
 */
export function loadOrLastGood(path: string, env: Environment, options: LoadOptions = {}): Loaded | NotLoaded {
  const loaded = loadConfig(path, env, options);
  if ("config" in loaded) return loaded;
  const file = resolve(path);
  for (const folder of dataDirs(file, env)) {
    const text = readText(join(folder, GOOD_FILE));
    if ("code" in text) continue;
    const good = checkText(file, text.text, env, options);
    // A copy that keeps its data elsewhere is another gate's.
    if ("config" in good && good.dataDir === folder) return { ...good, broken: loaded.errors };
  }
  return loaded;
}

/** Where the data may lie: as the environment says, as the broken file still says, as systemd says, as usual. */
function dataDirs(file: string, env: Environment): ReadonlySet<string> {
  const text = readText(file);
  const told = "code" in text ? undefined : readSource(text.text).document.get("dataDir");
  const dirs = [env.GATEPOST_DATA_DIR, told, ...(env.STATE_DIRECTORY ?? "").split(":"), USUAL_DATA_DIR];
  return new Set(dirs.flatMap((dir) => (typeof dir === "string" && dir !== "" ? [resolve(dirname(file), dir)] : [])));
}
