/** Whether the service's user may use what root has written, for `gatepost doctor`. */
import { dirname, join } from "node:path";
import { mayUse, namesIn, type SystemUser, statOf } from "../adapters/machine.ts";
import type { Loaded } from "../config/load.ts";
import { namedFiles } from "../config/named-files.ts";
import { words } from "../config/problem.ts";
import { found } from "./doctor-table.ts";
import type { DoctorPart } from "./works.ts";

/** @param user absent = there is no such user here: a gate run by hand, with its own rights */
export function rightsPart(
  { config, file, dataDir }: Pick<Loaded, "config" | "file" | "dataDir">,
  user?: SystemUser,
): DoctorPart {
  const title = words("权限", "Rights");
  if (user === undefined) return { part: "rights", title, says: "–", findings: [] };
  const folder = dirname(file);
  const { inside, outside } = namedFiles(config, folder);
  const read = [file, ...inside.map((path) => join(folder, path)), ...outside];
  const barred = (path: string, wanted: "read" | "read-write") => {
    const node = statOf(path);
    return node !== undefined && !mayUse(user, node, wanted);
  };
  const data = namesIn(dataDir).filter((name) => /\.(sqlite|key|lock)\b/.test(name));
  return {
    part: "rights",
    title,
    findings: [
      ...read.filter((path) => barred(path, "read")).map((path) => found("SECRET_FORBIDDEN", path)),
      ...data
        .map((name) => join(dataDir, name))
        .filter((path) => barred(path, "read-write"))
        .map((path) => found("DATA_FORBIDDEN", path)),
    ],
  };
}
