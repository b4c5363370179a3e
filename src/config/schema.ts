/**
 * The shape of gate.yaml. This is the only place where it is written down: the loader checks with it, and editors
 * complete from the JSON Schema that is generated from it (`config/gate.schema.json`).
 */
import { z } from "zod";
import { REASON_BOUNDS } from "../core/reasons.ts";
import { accessLevelSchema, areaSchema, timeProfileSchema } from "./schema-access.ts";
import { externalSchema } from "./schema-broker.ts";
import { deviceSchema } from "./schema-device.ts";
import { homeAssistantSchema } from "./schema-home.ts";
import { diskSchema, readerDarkSchema, retentionSchema } from "./schema-keeping.ts";
import { laneSchema } from "./schema-lane.ts";
import { sharingSchema } from "./schema-sharing.ts";
import { uplinkSchema } from "./schema-uplink.ts";
import { viidSchema } from "./schema-viid.ts";
import { host, hostName, id, isoDate, note, path, port, shortText } from "./schema-words.ts";

const siteSchema = z
  .strictObject({
    id: note(id, "Short name of the compound, used in topics and records.", "小区代号，用于主题和记录"),
    name: note(shortText, "Name of the compound as people read it.", "小区名称"),
    timezone: note(z.string().min(1).max(64), "IANA time zone of the site, e.g. Asia/Shanghai.", "时区").default(
      "Asia/Shanghai",
    ),
    graceDays: note(
      z.int().min(0).max(90),
      "Days after expiry on which residents are still let in, with a note.",
      "到期后仍放行并提示的天数",
    ).default(0),
    holidays: note(
      z.array(isoDate).max(400),
      "Public holidays as published, YYYY-MM-DD. Never guessed.",
      "法定节假日，以公布为准",
    ).default([]),
  })
  .meta({ description: "The compound. 小区" });

const tlsFiles = z.strictObject({
  cert: note(path, "Certificate file (PEM).", "证书文件"),
  key: note(path, "Private key file (PEM), or the name of a systemd credential.", "私钥文件"),
});

const pageSchema = z.strictObject({
  host: note(host, "Address to listen on; 127.0.0.1 is this machine only.", "监听地址").default("127.0.0.1"),
  port: note(port, "TCP port; 0 takes a free one.", "端口").default(8080),
  hosts: note(
    z.array(hostName).max(16),
    "Names and addresses typed in browsers for this page, without port; needed beyond 127.0.0.1.",
    "浏览器里输入的名称或地址，不带端口",
  ).default([]),
  reasons: note(
    z
      .array(
        z.strictObject({
          zh: note(z.string().trim().min(1).max(REASON_BOUNDS.zh), "Chinese, up to 6 characters.", "中文，最多 6 个字"),
          en: note(
            z.string().trim().min(1).max(REASON_BOUNDS.en),
            "English, up to 10 letters.",
            "英文，最多 10 个字母",
          ),
        }),
      )
      .min(REASON_BOUNDS.fewest)
      .max(REASON_BOUNDS.most),
    "The tiles after an opening by hand: why it was opened, 2 to 8 of them; until the clerk saves a list on /clerk, which counts from then on.",
    "手动开门后的原因按钮，2 到 8 个；物业在 /clerk 保存自己的以后，以物业的为准",
  ).default([
    { zh: "访客", en: "Visitor" },
    { zh: "快递外卖", en: "Delivery" },
    { zh: "业主未登记", en: "Resident" },
    { zh: "识别错误", en: "Misread" },
    { zh: "急救消防", en: "Rescue" },
    { zh: "施工搬家", en: "Movers" },
    { zh: "设备故障", en: "Fault" },
    { zh: "其他", en: "Other" },
  ]),
  snapshotSeconds: note(
    z.int().min(0).max(600),
    "How long the picture that a terminal sends with a face or plate may be shown to the guard, from memory alone; 0 = never.",
    "终端随识别发来的抓拍给保安看多少秒，只在内存里；0 为不显示",
  ).default(120),
  tls: note(
    z.union([z.literal("auto"), tlsFiles]),
    "Encrypts the page: auto makes a certificate here (needs openssl), or files of your own.",
    "加密网页：auto 由本机生成证书，或自己的证书文件",
  ).optional(),
  operatorTokenFile: note(
    path,
    "File that holds the operator token, at least 16 characters: for machines, and for people while there is no account.",
    "操作口令文件，至少 16 个字符；建了账号后只给程序读状态用",
  ).optional(),
});

const embeddedSchema = z
  .strictObject({
    host: note(host, "Address to listen on; 127.0.0.1 is this machine only.", "监听地址").default("127.0.0.1"),
    port: note(port, "TCP port; 0 takes a free one.", "端口").default(1883),
    tls: note(tlsFiles, "Encrypts the devices' connections.", "加密连接").optional(),
  })
  .meta({ description: "The broker inside gatepost: knows which device owns a message. 内置 MQTT 服务器" });

const mqttSchema = z.strictObject({ embedded: embeddedSchema.optional(), external: externalSchema.optional() }).meta({
  description: "Exactly one of embedded, external. 内置或外部，二选一",
  oneOf: [{ required: ["embedded"] }, { required: ["external"] }],
});

const httpSchema = z
  .strictObject({
    host: note(host, "Address to listen on; 127.0.0.1 is this machine only.", "监听地址").default("127.0.0.1"),
    port: note(port, "TCP port, never the page's; 0 takes a free one.", "端口，不能与网页相同").default(8088),
    tls: note(tlsFiles, "Encrypts the devices' requests, where they can.", "加密连接").optional(),
  })
  .meta({ description: "Where devices that push over HTTP call us. HTTP 推送设备的接入" });

const enrolmentSchema = z.strictObject({
  keepPictures: note(
    z.boolean(),
    "Keep the pictures, so that a terminal that was reset can be filled again. Needs a ground and the residents' word.",
    "保留照片，终端重置后可重新下发；需有依据并告知住户",
  ).default(false),
  pictureDays: note(
    z.int().min(1).max(90),
    "A picture that not every terminal has taken is deleted after this many days.",
    "没有被所有终端收下的照片，过这么多天删除",
  ).default(14),
  lateDays: note(
    z.int().min(0).max(90),
    "Days after the end of validity and grace on which a face may stay in the terminals.",
    "有效期和宽限期之后，人脸还可留在终端里的天数",
  ).default(7),
  consent: note(
    z.enum(["required", "not-checked"]),
    "required: no face goes into a terminal without a recorded consent; what is in one already stays. A withdrawn one takes the face out in either case.",
    "required：没有登记同意的人脸不下发，已在终端里的保留；撤回同意的一律删除",
  ).default("required"),
});

const gpioSchema = z.strictObject({
  backend: note(
    z.enum(["auto", "character-device", "sysfs", "simulated"]),
    "auto tries the character device first, then sysfs.",
    "GPIO 方式",
  ).default("auto"),
  chip: note(z.string().min(1).max(64), "Label of the chip, e.g. pinctrl-rp1, or its device.", "GPIO 芯片").optional(),
});

export const gateSchema = z
  .strictObject({
    version: note(z.literal(1), "Version of this file's form.", "配置格式版本").default(1),
    site: siteSchema,
    gate: note(
      z.strictObject({ id: note(id, "Short name of this entrance.", "出入口代号"), name: shortText }),
      "The entrance this machine looks after.",
      "本机负责的出入口",
    ),
    simulation: note(
      z.boolean(),
      "true marks a demonstration; simulated parts are refused otherwise.",
      "true 表示演示配置；正式配置不能用模拟设备",
    ).default(false),
    dataDir: note(path, "Where whitelist and journal live; relative to this file's folder.", "数据目录").default(
      "/var/lib/gatepost",
    ),
    profilesDir: note(
      z.union([path, z.array(path).max(16)]),
      "Extra folders of device profiles beside the shipped ones.",
      "附加的设备档案目录",
    ).optional(),
    page: note(pageSchema, "The guard page.", "岗亭页面").prefault({}),
    mqtt: note(mqttSchema, "How MQTT devices reach us.", "MQTT 设备的接入").optional(),
    http: note(httpSchema, "How devices that push over HTTP reach us.", "HTTP 推送设备的接入").optional(),
    uplink: note(uplinkSchema, "Where this gate reports to.", "上报到哪里").optional(),
    sharing: note(sharingSchema, "The site's other entrances.", "小区其他出入口").optional(),
    homeAssistant: note(
      homeAssistantSchema,
      "Tells Home Assistant the gate's state, never who passed; nothing is taken from it.",
      "把门岗状态告诉 Home Assistant，不含人员信息，也不接受任何命令",
    ).optional(),
    viid: note(viidSchema, "A GA/T 1400 platform that is told of passages.", "视图库平台").optional(),
    clock: note(
      z.strictObject({
        trust: note(
          z.enum(["auto", "trusted", "untrusted"]),
          "auto asks the system whether its time is synchronised.",
          "时钟是否可信",
        ).default("auto"),
      }),
      "How far the wall clock is believed.",
      "系统时钟",
    ).prefault({}),
    disk: note(diskSchema, "When the guard is told that the data folder's disk fills up.", "磁盘快满时的报警").prefault(
      {},
    ),
    retention: note(retentionSchema, "How long what is kept.", "保留期限").prefault({}),
    readerDark: note(
      readerDarkSchema,
      "Tells of a reader that recognises nobody any more, by the same hour of last week.",
      "识别设备不再认出人时的报警，按上周同一小时比较",
    ).prefault({}),
    enrolment: note(enrolmentSchema, "Faces in the terminals.", "终端里的人脸").prefault({}),
    gpio: note(gpioSchema, "This machine's own pins.", "本机 GPIO").prefault({}),
    devices: note(z.array(deviceSchema).max(200), "Every device on the wall.", "所有设备").default([]),
    lanes: note(z.array(laneSchema).min(1).max(32), "Every physical passage.", "所有通道"),
    areas: note(z.array(areaSchema).max(64), "Areas that people and vehicles are in.", "区域").default([]),
    accessLevels: note(z.array(accessLevelSchema).max(256), "Who may pass where and when.", "权限组").default([]),
    timeProfiles: note(z.array(timeProfileSchema).max(256), "Named times.", "时间表").default([]),
    log: note(
      z.strictObject({ level: z.enum(["error", "warn", "info", "debug", "trace"]).default("info") }),
      "How much is logged.",
      "日志级别",
    ).prefault({}),
  })
  .meta({ title: "gatepost gate.yaml", description: "Configuration of one gatepost. 门岗配置" });

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** gate.yaml after checking, with every default filled in. */
export type GateConfig = DeepReadonly<z.output<typeof gateSchema>>;
export type DeviceConfig = GateConfig["devices"][number];
export type LaneConfig = GateConfig["lanes"][number];
export type AccessPointConfig = LaneConfig["accessPoints"][number];
export type OutputConfig = NonNullable<LaneConfig["outputs"]["open"]>;
export type InputConfig = NonNullable<LaneConfig["inputs"]["limit-open"]>;
export type SerialConfig = NonNullable<DeviceConfig["serial"]>;

/** The JSON Schema of gate.yaml (draft 2020-12) for editors: what may be written, before defaults are filled in. */
export function gateJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(gateSchema, { io: "input", target: "draft-2020-12" });
}
