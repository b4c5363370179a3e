/** `gatepost bundle`: a file for whoever helps from afar; no names, plates, cards, pictures or secrets in it. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { CONFIG_OPTION, JSON_OPTION, plain, say, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { Works } from "./works.ts";

export function bundleVerb(works: Pick<Works, "bundle">): Verb {
  return verb(
    {
      name: "bundle",
      summary: words(
        "打包日志、检查结果和配置给技术支持（没有姓名、车牌、密码）",
        "Pack logs, doctor's result and configuration for support; no names, plates or secrets",
      ),
      usage: "bundle FILE.tar.gz [--json]",
      positionals: [1, 1],
      options: [CONFIG_OPTION, JSON_OPTION],
      examples: [
        {
          line: "sudo gatepost bundle /tmp/gate.tar.gz",
          words: words("发出去之前可以打开看：tar -xzf", "Look into it before you send it: tar -xzf"),
        },
      ],
      exitCodes: [
        { code: 0, words: words("已打包", "Packed") },
        { code: 1, words: words("没有打包；名单读不出来时不打包", "Not packed; never when the list can't be read") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const result = await works.bundle({
        configPath: configPath(given.text("config"), io.env),
        file: given.positionals[0] ?? "",
      });
      const done = words(`已打包：${result.file}`, `Packed: ${result.file}`);
      io.out(
        given.on("json")
          ? `${JSON.stringify(result, null, 2)}\n`
          : `${plain(say(done, lang))}\n${result.files.join(" ")}\n`,
      );
      return 0;
    },
  );
}
