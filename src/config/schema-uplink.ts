/** The line to the county platform in gate.yaml. */
import { z } from "zod";
import { COMMAND_KINDS } from "../core/terms.ts";
import { note, path } from "./schema-words.ts";

const platformCode = z
  .string()
  .max(48)
  .regex(/^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/, "letters, digits, hyphens");

const commandKey = z.strictObject({
  id: note(platformCode, "Its name, as a command says it (kid).", "密钥名，即命令里的 kid"),
  publicKeyFile: note(path, "The platform's Ed25519 public key (PEM).", "平台的 Ed25519 公钥文件"),
  may: note(
    z.array(z.enum(COMMAND_KINDS)).min(1),
    "What this key may ask; all if absent.",
    "这个密钥可以下哪些命令；不写为全部",
  ).optional(),
});

export const uplinkSchema = z
  .strictObject({
    url: note(
      z.string().regex(/^mqtts?:\/\/[^\s/]+/, "mqtt(s)://host[:port]"),
      "mqtts://host:port of the platform's broker. Absent = there is no line; records are carried by hand.",
      "平台 MQTT 服务器地址；不写表示没有线路，靠U盘离线上报",
    ).optional(),
    mqttVersion: note(
      z.enum(["5", "3.1.1"]),
      "5 tells why a message isn't taken; 3.1.1 only for a broker that speaks nothing newer (NATS).",
      "MQTT 版本；平台只支持旧版（如 NATS）时写 3.1.1",
    ).default("5"),
    carry: note(
      z.strictObject({
        platformKeysFile: note(
          path,
          "The platform's two public keys (PEM): Ed25519 that signs receipts, X25519 that records are sealed for.",
          "平台的两把公钥（PEM）：Ed25519 验回执，X25519 加密记录",
        ),
      }),
      "Records by USB stick: `gatepost bundle export`.",
      "用U盘离线上报",
    ).optional(),
    siteCode: note(
      platformCode,
      "The platform's code of this compound; site.id if absent.",
      "平台分配的小区编码",
    ).optional(),
    gateCode: note(
      platformCode,
      "The platform's code of this gate; gate.id if absent.",
      "平台分配的门岗编码",
    ).optional(),
    laneCodes: note(
      z.record(z.string(), platformCode),
      "The platform's codes of lanes, by lane id.",
      "平台的通道编码",
    ).default({}),
    deviceCodes: note(
      z.record(z.string(), platformCode),
      "The platform's codes of devices, by device id.",
      "平台的设备编码",
    ).default({}),
    username: note(z.string().min(1).max(256), "Our user name, where the platform wants one.", "用户名").optional(),
    passwordFile: note(path, "File that holds our password.", "密码文件").optional(),
    caFile: note(path, "Certificate authority of the platform (PEM).", "平台 CA 证书文件").optional(),
    certFile: note(path, "Our client certificate (PEM).", "客户端证书文件").optional(),
    keyFile: note(path, "Our client key (PEM).", "客户端私钥文件").optional(),
    window: note(
      z.int().min(4).max(4000),
      "Messages on their way at once, at the most.",
      "同时在途的消息数上限",
    ).default(256),
    acknowledgement: note(
      z.enum(["puback", "receipt"]),
      "Whose word counts: the broker's PUBACK, or the platform's own receipt.",
      "以谁的确认为准：MQTT 应答，或平台回执",
    ).default("puback"),
    unheard: note(
      z.enum(["wait", "accept"]),
      "When the broker says that nobody subscribes: wait, or count it as taken (a broker with a rule engine).",
      "服务器说没有订阅者时：等待，或视为已收（规则引擎类服务器）",
    ).default("wait"),
    plates: note(
      z.enum(["pseudonym", "plain"]),
      "How plates go up: as a pseudonym, or in clear on a recorded legal ground.",
      "车牌上报方式：假名，或有法律依据时明文",
    ).default("pseudonym"),
    platesGround: note(
      z.string().trim().min(10).max(400),
      "The legal ground for plates in clear, as recorded.",
      "车牌明文上报的法律依据（文号、条款）",
    ).optional(),
    commandKeys: note(
      z.array(commandKey).max(8),
      "Whose commands are carried out; without a key none are. Two at a time while one is exchanged.",
      "接受谁的命令；不写就不接受任何命令。换密钥时可以同时写两个",
    ).default([]),
    healthMinutes: note(
      z.int().min(1).max(60),
      "How often the gate tells how it is.",
      "健康状况上报间隔（分钟）",
    ).default(5),
    behindMinutes: note(
      z.int().min(1).max(129_600),
      "An alarm when records have waited this long; absent = 120, or 20160 (two weeks) where they are carried by hand.",
      "积压超过多少分钟报警；不写为 120，靠U盘上报时为 20160（两周）",
    ).optional(),
  })
  .meta({ description: "The county platform. 上报平台" });
