/** A GA/T 1400 platform (公安视频图像信息应用系统, VIID over HTTP) in gate.yaml. */
import { z } from "zod";
import { note, path } from "./schema-words.ts";

const deviceCode = z.string().regex(/^[0-9]{20}$/, "20 digits (GA/T 1400.1), in quotes");
const ground = z.string().trim().min(10).max(400);

export const viidSchema = z
  .strictObject({
    url: note(
      z.string().regex(/^https?:\/\/[^\s/]+/, "http(s)://host[:port]"),
      "https://host:port of the platform; what follows stands before /VIID.",
      "视图库平台地址",
    ),
    deviceId: note(deviceCode, "The 20 digits that the platform gave this gate.", "平台分配的 20 位设备编码"),
    laneDevices: note(
      z.record(z.string(), deviceCode),
      "20 digits per lane, by lane id; deviceId where a lane has none.",
      "各通道的 20 位设备编码",
    ).default({}),
    tollgateId: note(deviceCode, "20 digits of the checkpoint, where the platform wants them.", "卡口编码").optional(),
    username: note(
      z.string().min(1).max(256),
      "Our user name; deviceId if absent.",
      "用户名，缺省为设备编码",
    ).optional(),
    passwordFile: note(path, "File that holds our password.", "密码文件"),
    caFile: note(path, "Certificate authority of the platform (PEM).", "平台 CA 证书文件").optional(),
    clearTextGround: note(
      ground,
      "Why http:// without encryption is right here (a closed network, a VPN), as recorded.",
      "不加密的依据（例如：视频专网、VPN）",
    ).optional(),
    keepaliveSeconds: note(
      z.int().min(10).max(90),
      "How often we say that we live.",
      "保活间隔（秒），不超过 90",
    ).default(60),
    batch: note(z.int().min(1).max(100), "Objects in one request, at the most.", "每次上报的条数上限").default(20),
    flags: note(
      z.enum(["json", "digit"]),
      'How this platform reads flags: true, or "1".',
      '布尔值写法：true 或 "1"',
    ).default("json"),
    numbers: note(
      z.enum(["json", "text"]),
      'How this platform reads numbers: 1, or "1".',
      '数字写法：1 或 "1"',
    ).default("json"),
    plates: note(
      z.enum(["withheld", "plain"]),
      "Whether plates go up: not at all, or in clear on a recorded legal ground. A pseudonym is no plate and never goes there.",
      "车牌：不上报，或有法律依据时明文上报",
    ).default("withheld"),
    platesGround: note(
      ground,
      "The legal ground for plates, as recorded.",
      "车牌上报的法律依据（文号、条款）",
    ).optional(),
    persons: note(
      z.boolean(),
      "Whether passages on foot go up: that somebody passed, where and when; not who.",
      "行人通行是否上报：只报何时何处有人通过，不报是谁",
    ).default(false),
    faces: note(
      z.boolean(),
      "Whether passages by face go up as face objects, on a recorded legal ground; never a picture or feature.",
      "刷脸通行是否按人脸对象上报（要有法律依据；任何时候都不含图片和特征）",
    ).default(false),
    facesGround: note(ground, "The legal ground for face objects, as recorded.", "人脸对象上报的法律依据").optional(),
    behindMinutes: note(
      z.int().min(1).max(10_080),
      "An alarm when records have waited this long.",
      "积压超过多少分钟报警",
    ).default(120),
  })
  .meta({ description: "A GA/T 1400 platform. 视图库平台（GA/T 1400）" });
