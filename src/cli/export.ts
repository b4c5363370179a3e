/** `gatepost export`: the resident list as a CSV file that `gatepost import` reads again. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { csvFile } from "../core/csv.ts";
import { CONFIG_OPTION, JSON_OPTION, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { Works } from "./works.ts";

export function exportVerb(works: Pick<Works, "exportList">): Verb {
  return verb(
    {
      name: "export",
      summary: words("导出住户名单，改好可再导入", "The resident list as CSV, to be changed and imported again"),
      usage: "export [--json]",
      positionals: [0, 0],
      options: [CONFIG_OPTION, JSON_OPTION],
      examples: [{ line: "gatepost export > residents.csv", words: words("给 Excel", "For a spreadsheet") }],
      exitCodes: [
        {
          code: 0,
          words: words(
            "完成；密码显示为 ••••，原样导入就不变",
            "Done; PINs are ••••, which an import leaves as they are",
          ),
        },
        { code: 1, words: words("名单无法读取", "The list can't be read") },
        USAGE_CODE,
      ],
    },
    async (given, io) => {
      const rows = await works.exportList({ configPath: configPath(given.text("config"), io.env) });
      const [header = [], ...people] = rows;
      if (given.on("json")) {
        const named = people.map((cells) => Object.fromEntries(header.map((name, n) => [name, cells[n] ?? ""])));
        io.out(`${JSON.stringify(named, null, 2)}\n`);
        return 0;
      }
      io.out(csvFile(rows));
      return 0;
    },
  );
}
