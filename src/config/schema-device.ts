/** A device on the wall in gate.yaml. */
import { z } from "zod";
import { id, note, path } from "./schema-words.ts";

const deviceMqttSchema = z.strictObject({
  username: note(
    z.string().min(1).max(128),
    "User name at the embedded broker; the id if absent.",
    "用户名",
  ).optional(),
  passwordFile: note(
    path,
    "File that holds the device's password, or the name of a systemd credential.",
    "密码文件，或 systemd 凭据名",
  ).optional(),
  password: note(z.string().min(1).max(256), "Only in a simulation.", "仅演示配置可用").optional(),
});

const serialSchema = z
  .strictObject({
    path: note(
      path,
      "e.g. /dev/serial/by-id/…; several devices may share one (RS-485).",
      "串口，可多设备共用",
    ).optional(),
    simulated: note(z.literal(true), "Only in a simulation.", "仅演示配置可用").optional(),
    bus: note(id, "Simulated devices with the same bus share one line.", "同一模拟总线").optional(),
    baud: note(z.int().min(300).max(4_000_000), "Only if it differs from the profile.", "波特率").optional(),
    dataBits: note(z.union([z.literal(7), z.literal(8)]), "Data bits.", "数据位").optional(),
    parity: note(z.enum(["none", "even", "odd"]), "Parity.", "校验").optional(),
    stopBits: note(z.union([z.literal(1), z.literal(2)]), "Stop bits.", "停止位").optional(),
  })
  .meta({ oneOf: [{ required: ["path"] }, { required: ["simulated"] }] });

const osdpSchema = z.strictObject({
  keyFile: note(
    path,
    "File that holds this reader's own key: 32 hex digits. Or the name of a systemd credential.",
    "本读卡器密钥文件（32 位十六进制），或 systemd 凭据名",
  ).optional(),
  clear: note(
    z.string().trim().min(10).max(400),
    "Why this reader may talk unencrypted: whoever reaches its wires can play back cards.",
    "为什么允许不加密：能碰到线的人就能冒充刷卡",
  ).optional(),
  installMinutes: note(
    z.int().min(1).max(60),
    "Install mode from each start on, until the key has worked once: a reader with the maker's default key is given this one.",
    "安装模式时长（分钟）：把出厂默认密钥换成本密钥，成功一次即关闭",
  ).optional(),
});

const callSchema = z.strictObject({
  url: note(
    z.string().regex(/^https?:\/\/[^\s/@?#]+$/, "http(s)://address[:port]"),
    "Its address, e.g. http://192.168.1.20:8090.",
    "设备地址，如 http://192.168.1.20:8090",
  ),
  username: note(z.string().min(1).max(128), "Where it wants one.", "用户名").default("admin"),
  passwordFile: note(path, "File that holds the device's password.", "设备密码的文件").optional(),
  password: note(z.string().min(1).max(256), "Only in a simulation.", "仅演示配置可用").optional(),
  caFile: note(
    path,
    "For https: the certificate, or the authority, that alone is believed.",
    "https 时必填：只信任这张证书（或它的 CA）",
  ).optional(),
  serverName: note(
    z.string().min(1).max(253),
    "The name in its certificate, where that isn't its address.",
    "证书里的名字，与地址不同时写",
  ).optional(),
});

const deviceHttpSchema = z.strictObject({
  call: note(
    callSchema,
    "We call it: to open, to put faces into it, to ask for old records.",
    "由我们调用设备：开门、下发人脸、补取记录",
  ).optional(),
  by: note(
    z.enum(["path", "basic", "digest", "address"]),
    "How we know it: a secret first part of its path, a password, or its address alone.",
    "如何认出设备：路径里的密钥、密码，或只凭 IP 地址",
  ).default("path"),
  username: note(z.string().min(1).max(128), "For basic and digest; the id if absent.", "用户名，默认同 id").optional(),
  secretFile: note(
    path,
    "File that holds the path's secret part or the password.",
    "密钥文件（路径密钥或密码）",
  ).optional(),
  secret: note(z.string().min(1).max(256), "Only in a simulation.", "仅演示配置可用").optional(),
  address: note(
    z.union([z.ipv4(), z.ipv6()]),
    "Its address on the network; must be right too where it is given.",
    "设备的 IP 地址；写了就必须一致",
  ).optional(),
});

export const deviceSchema = z
  .strictObject({
    id,
    profile: note(id, "Device profile: which model it is.", "设备档案"),
    mqtt: note(deviceMqttSchema, "It speaks MQTT.", "MQTT 设备").optional(),
    serial: note(serialSchema, "It hangs on a serial line.", "串口设备").optional(),
    http: note(
      deviceHttpSchema,
      "It speaks HTTP: it calls us, or we call it.",
      "HTTP 设备：它推送，或由我们调用",
    ).optional(),
    params: note(
      z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, "name"), z.union([z.string().max(256), z.number()])),
      "What the profile asks for, e.g. deviceId, unit. Quote ids that begin with 0.",
      "档案要求的参数，如 deviceId、unit",
    ).default({}),
    osdp: note(osdpSchema, "It is an OSDP reader: how its line is kept safe.", "OSDP 读卡器的加密设置").optional(),
    enrol: note(
      z.boolean(),
      "Our list is carried out in this terminal: faces are added, changed and removed, and whoever isn't on the list goes.",
      "按名单管理这台终端里的人脸：增、改、删；不在名单上的会被删除",
    ).default(false),
    falseAcceptRate: note(
      z.number().gt(0).lt(1),
      "One comparison's false-accept rate as its maker states it for the threshold in use, e.g. 0.00001. For the traffic page alone.",
      "厂家给出的单次比对误识率（按现用阈值），如 0.00001；只用于客流页",
    ).optional(),
    purpose: note(
      z.string().trim().min(4).max(400),
      "Why this reader exists; required where faces are used (Order 19, art. 4).",
      "用途说明；使用人脸的设备必填（人脸识别技术应用安全管理办法第四条）",
    ).optional(),
  })
  .meta({ oneOf: [{ required: ["mqtt"] }, { required: ["serial"] }, { required: ["http"] }] });
