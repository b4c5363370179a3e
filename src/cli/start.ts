/** `gatepost start`: the gate at work. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { CONFIG_OPTION, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { Works } from "./works.ts";

export function startVerb(works: Pick<Works, "start">): Verb {
  return verb(
    {
      name: "start",
      summary: words("启动门岗，直到被停止", "Run the gate until stopped"),
      usage: "start [--config FILE]",
      positionals: [0, 0],
      options: [CONFIG_OPTION],
      examples: [
        {
          line: "gatepost start --config /etc/gatepost/gate.yaml",
          words: words("systemd 服务用的就是这一句", "What the systemd unit runs"),
        },
      ],
      exitCodes: [
        { code: 0, words: words("按要求停止", "Stopped as asked") },
        { code: 1, words: words("配置有错误或无法启动", "The configuration has errors, or it can't run") },
        USAGE_CODE,
      ],
    },
    (given, io) => works.start({ configPath: configPath(given.text("config"), io.env) }),
  );
}
