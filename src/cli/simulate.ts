/** `gatepost simulate`: one device that speaks its real protocol to a real or simulated gate; for commissioning. */
import { words } from "../config/problem.ts";
import { paramsOf } from "./params.ts";
import { CONFIG_OPTION, JSON_OPTION, say, USAGE, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { Works } from "./works.ts";

export function simulateVerb(works: Pick<Works, "simulate">): Verb {
  return verb(
    {
      name: "simulate",
      summary: words("扮演一台设备，用它真实的协议说话", "Play one device, in its real protocol"),
      usage: "simulate PROFILE --link LINK [--value VALUE]… [--count N] [--every MS] [--param NAME=VALUE]…",
      positionals: [1, 1],
      options: [
        CONFIG_OPTION,
        {
          name: "link",
          value: "LINK",
          words: words(
            "串口路径、mqtt://主机:端口，或 http://主机:端口/密钥",
            "Serial path, mqtt://host:port, or http://host:port/secret",
          ),
        },
        {
          name: "value",
          value: "VALUE",
          multiple: true,
          words: words(
            "出示的编号、车牌或卡号，可多次，轮流使用；不写或写 samples 就依次发送档案自带的样例",
            "Face id, plate or card to present; repeated ones take turns; absent or `samples`: the profile's own samples",
          ),
        },
        { name: "count", value: "N", number: [1, 1_000_000], words: words("次数，默认 1", "How often; 1 if absent") },
        {
          name: "every",
          value: "MS",
          number: [0, 3_600_000],
          words: words("间隔毫秒，默认 1000", "ms between two; 1000 if absent"),
        },
        {
          name: "param",
          short: "p",
          value: "NAME=VALUE",
          multiple: true,
          words: words("档案参数", "A parameter of the profile"),
        },
        { name: "username", value: "NAME", words: words("MQTT 用户名", "MQTT user name") },
        { name: "password-file", value: "FILE", words: words("MQTT 密码文件", "File with the MQTT password") },
        { name: "seed", value: "N", number: [0, 4_294_967_295], words: words("随机种子", "Seed of what is random") },
        {
          name: "now",
          words: words(
            "样例里的时间改成现在；不写就是旧记录，不会开门",
            "Samples carry the time of now; without it they are old and open nothing",
          ),
        },
        JSON_OPTION,
      ],
      examples: [
        {
          line: "gatepost simulate faceterm-mqtt --link mqtt://127.0.0.1:1883 --username face-in --password-file secrets/face-in -p deviceId=2107466 --value R-0417",
          words: words("人脸终端认出 R-0417", "A face terminal recognises R-0417"),
        },
        {
          line: "gatepost simulate ascii-line-reader --link /dev/pts/5 --value 0005913727 --count 3",
          words: words("刷三次卡", "A card, three times"),
        },
        {
          line: "gatepost simulate profiles/my-terminal.json --link mqtt://127.0.0.1:1883 -p deviceId=T7 --value R-0417 --now",
          words: words("扮演自己刚写的档案", "Play a profile that you have just written"),
        },
        {
          line: "gatepost simulate hikvision-isapi --link http://127.0.0.1:8088/f3a1c09e77b24d50 --value samples --count 4 --now",
          words: words(
            "依次推送档案自带的样例，时间为现在",
            "Push the profile's own samples, one after the other, as of now",
          ),
        },
      ],
      exitCodes: [
        { code: 0, words: words("全部发出", "Everything was sent") },
        { code: 1, words: words("没有全部发出", "Not everything was sent") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const [profile = ""] = given.positionals;
      const link = given.text("link");
      const values = given.texts("value");
      const params = paramsOf(given.texts("param"));
      if (link === undefined || !/^(?:\/|(?:mqtt|http)s?:\/\/[^\s/])/.test(link)) {
        io.err(
          `${say(words("--link 要写串口路径、mqtt://… 或 http://…", "--link must be a serial path, mqtt://… or http://…"), lang)}\n`,
        );
        return USAGE;
      }
      if ("wrong" in params) {
        io.err(`${say(params.wrong, lang)}\n`);
        return USAGE;
      }
      const count = given.number("count") ?? 1;
      const username = given.text("username");
      const passwordFile = given.text("password-file");
      const seed = given.number("seed");
      const configPath = given.text("config");
      const result = await works.simulate(
        {
          profile,
          link,
          count,
          everyMs: given.number("every") ?? 1000,
          values,
          params: params.params,
          ...(username === undefined ? {} : { username }),
          ...(passwordFile === undefined ? {} : { passwordFile }),
          ...(seed === undefined ? {} : { seed }),
          ...(configPath === undefined ? {} : { configPath }),
          ...(given.on("now") ? { now: true } : {}),
        },
        (progress) => io.err(`${say(progress, lang)}\n`),
      );
      const said = words(
        `发出 ${result.sent}，确认 ${result.acknowledged}，收到命令 ${result.commands}`,
        `${result.sent} sent, ${result.acknowledged} acknowledged, ${result.commands} commands received`,
      );
      io.out(given.on("json") ? `${JSON.stringify(result)}\n` : `${say(said, lang)}\n`);
      return result.sent >= count ? 0 : 1;
    },
  );
}
