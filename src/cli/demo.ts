/** `gatepost demo`: a whole compound without hardware. */
import { words } from "../config/problem.ts";
import { CONFIG_OPTION, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { DemoOptions, Works } from "./works.ts";

export function demoVerb(works: Pick<Works, "demo">): Verb {
  return verb(
    {
      name: "demo",
      summary: words(
        "演示：模拟的道闸、车辆和行人，不需要硬件",
        "A simulated street: barrier, cars, people; no hardware",
      ),
      usage: "demo [--port N] [--mqtt-port N] [--seed N] [--for SECONDS] [--quiet-street]",
      positionals: [0, 0],
      options: [
        {
          ...CONFIG_OPTION,
          words: words("配置文件，默认用自带的演示小区", "Configuration; the shipped compound if absent"),
        },
        {
          name: "port",
          value: "N",
          number: [0, 65_535],
          words: words("页面端口，0 为任意空闲", "Port of the page; 0 = any free one"),
        },
        { name: "mqtt-port", value: "N", number: [0, 65_535], words: words("MQTT 端口", "Port of the broker") },
        {
          name: "seed",
          value: "N",
          number: [0, 4_294_967_295],
          words: words("同一数字，同样的一天", "The same seed, the same day"),
        },
        { name: "for", value: "SECONDS", number: [1, 86_400], words: words("到时自动结束", "Ends by itself") },
        { name: "quiet-street", words: words("不自动来车来人", "Nobody comes by themselves") },
      ],
      examples: [
        { line: "gatepost demo", words: words("然后打开显示的网址", "Then open the address it prints") },
        { line: "gatepost demo --port 0 --seed 7 --for 60", words: words("一分钟，可重复", "One minute, repeatable") },
      ],
      exitCodes: [
        { code: 0, words: words("正常结束", "Ended as asked") },
        { code: 1, words: words("无法启动", "It can't run") },
        USAGE_CODE,
      ],
    },
    (given) => {
      const configPath = given.text("config");
      const pagePort = given.number("port");
      const mqttPort = given.number("mqtt-port");
      const seed = given.number("seed");
      const forSeconds = given.number("for");
      const options: DemoOptions = {
        traffic: !given.on("quiet-street"),
        ...(configPath === undefined ? {} : { configPath }),
        ...(pagePort === undefined ? {} : { pagePort }),
        ...(mqttPort === undefined ? {} : { mqttPort }),
        ...(seed === undefined ? {} : { seed }),
        ...(forSeconds === undefined ? {} : { forSeconds }),
      };
      return works.demo(options);
    },
  );
}
