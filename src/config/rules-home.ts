/** Rules about what Home Assistant is told. */
import type { Finding } from "./problem.ts";
import { error, words } from "./problem.ts";
import { brokerFindings } from "./rules-sharing.ts";
import type { GateConfig } from "./schema.ts";

export function homeFindings({ homeAssistant, mqtt }: GateConfig): readonly Finding[] {
  if (homeAssistant === undefined) return [];
  if (homeAssistant.broker !== undefined) return brokerFindings(homeAssistant.broker, "homeAssistant");
  if (mqtt?.external !== undefined) return [];
  const message = words("没有写 Home Assistant 用的 MQTT 服务器", "There is no broker that Home Assistant listens to");
  const hint = words(
    "写 homeAssistant.broker: { url: mqtts://… }；门岗内置的服务器不行",
    "Add homeAssistant.broker: { url: mqtts://… }; the embedded one serves devices alone",
  );
  return [error("HOME_BROKER_MISSING", ["homeAssistant"], message, hint, "key")];
}
