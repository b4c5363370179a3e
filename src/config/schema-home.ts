/** Home Assistant in gate.yaml: it is told, and never asked. */
import { z } from "zod";
import { externalSchema } from "./schema-broker.ts";
import { note } from "./schema-words.ts";

export const homeAssistantSchema = z
  .strictObject({
    broker: note(
      externalSchema,
      "The broker that Home Assistant listens to; mqtt.external if absent.",
      "Home Assistant 所用的 MQTT 服务器",
    ).optional(),
    prefix: note(
      z
        .string()
        .max(64)
        .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, "topic without wildcards"),
      "Home Assistant's discovery prefix.",
      "自动发现的主题前缀",
    ).default("homeassistant"),
  })
  .meta({ description: "Home Assistant sees the gate's state; it can order nothing. 智能家居平台只看状态，不能开门" });
