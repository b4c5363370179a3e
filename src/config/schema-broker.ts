/** A broker that runs elsewhere, in gate.yaml. */
import { z } from "zod";
import { note, path } from "./schema-words.ts";

export const externalSchema = z
  .strictObject({
    url: note(
      z.string().regex(/^mqtts?:\/\/[^\s/]+/, "mqtt(s)://host[:port]"),
      "mqtts://host:port of the broker.",
      "外部 MQTT 服务器地址",
    ),
    username: note(z.string().min(1).max(256), "Our user name at the broker.", "用户名").optional(),
    passwordFile: note(path, "File that holds our password.", "密码文件").optional(),
    caFile: note(path, "Certificate authority file.", "CA 证书文件").optional(),
    certFile: note(path, "Our client certificate.", "客户端证书文件").optional(),
    keyFile: note(path, "Our client key.", "客户端私钥文件").optional(),
    version: note(z.union([z.literal(5), z.literal("3.1.1")]), "MQTT version: 5 or 3.1.1.", "MQTT 版本").default(5),
  })
  .meta({ description: "A broker that runs elsewhere. 外部 MQTT 服务器" });
