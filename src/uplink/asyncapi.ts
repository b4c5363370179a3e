/** The contract as others read it: JSON Schema per message, the AsyncAPI 3 document, and a table of fields. */
import { z } from "zod";
import { COMMAND_KINDS, type CommandKind } from "../core/terms.ts";
import { carriedReceiptSchema, carryHeaderSchema } from "./carry.ts";
import { COMMANDS, MOST_BYTES } from "./command.ts";
import { type Channel, CONTRACT, MAJOR, receiptSchema, SCHEMA_VERSION } from "./contract.ts";

type Json = Readonly<Record<string, unknown>>;

const CHANNELS: readonly Channel[] = ["passage", "decision", "alarm", "traffic", "status", "health", "result"];
/** What goes up, and the receipt for it: nothing in these names anybody. */
const UP: Readonly<Record<string, z.ZodType>> = { ...CONTRACT, receipt: receiptSchema };
export const MESSAGE_NAMES: readonly string[] = Object.keys(UP);
const nameOf = (kind: CommandKind): string => `command-${kind}`;
/** The claims of the commands that come down. */
export const COMMAND_NAMES: readonly string[] = COMMAND_KINDS.map(nameOf);
const ALL: Readonly<Record<string, z.ZodType>> = {
  ...UP,
  ...Object.fromEntries(COMMAND_KINDS.map((kind) => [nameOf(kind), COMMANDS[kind]])),
};
/** What is carried by hand is written down beside the messages; no topic has it. */
const CARRIED: Readonly<Record<string, z.ZodType>> = {
  bundle: carryHeaderSchema,
  "carried-receipt": carriedReceiptSchema,
};
export const CARRIED_NAMES: readonly string[] = Object.keys(CARRIED);

/**
 * Draft 7, which AsyncAPI 3 takes as it is. Open: what a later version adds must not fail a reader of this one; that
 * nothing else leaves us is our own schema's work.
 */
export function messageSchema(name: string): Json {
  const schema = ALL[name] ?? CARRIED[name];
  if (schema === undefined) throw new Error(`no message ${name}`);
  return z.toJSONSchema(schema, {
    target: "draft-7",
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
    },
  });
}

const WORDS: Readonly<Record<Channel, string>> = {
  passage: "Passages, in order per lane. 通行",
  decision: "Decisions and orders, in order per lane. 判断与指令",
  alarm: "Alarms; they overtake everything else. 告警，优先发送",
  traffic: "Counts per lane and quarter of an hour; a higher revision replaces a lower one. 流量",
  status: "Retained; the last will says offline. 在线状态（保留消息与遗嘱）",
  health: "How the gate is doing, regularly. 健康状况",
  result: "What became of a command. 命令结果",
};

/** The document for the whole uplink; `gate` sends, the platform receives. */
export function asyncApi(): Json {
  const parameters = {
    site: { description: "Community code. 小区编码" },
    gate: { description: "Gate code. 门岗编码" },
  };
  const channel = (name: string, description: string): Json => ({
    address: `gatepost/v${MAJOR}/{site}/{gate}/${addressOf(name)}`,
    title: name,
    description,
    parameters,
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
    bindings: { mqtt: { bindingVersion: "0.2.0" } },
  });
  const operation = (action: "send" | "receive", name: string, retain: boolean): Json => ({
    action,
    channel: { $ref: `#/channels/${name}` },
    bindings: { mqtt: { qos: 1, retain, bindingVersion: "0.2.0" } },
  });
  const commands = Object.fromEntries(
    COMMAND_KINDS.map((kind) => [nameOf(kind), channel(nameOf(kind), text(messageSchema(nameOf(kind)).description))]),
  );
  return {
    asyncapi: "3.0.0",
    info: {
      title: "gatepost uplink 门岗上行",
      version: `${SCHEMA_VERSION}.0`,
      description:
        "What a gate tells the county platform over MQTT 5 with TLS and a client certificate. 门岗通过 MQTT 5（TLS 双向认证）上报平台。",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    channels: {
      ...Object.fromEntries(CHANNELS.map((name) => [name, channel(name, WORDS[name])])),
      receipt: channel("receipt", "Optional: what the platform has stored. 平台回执（可选）"),
      ...commands,
    },
    operations: {
      ...Object.fromEntries(CHANNELS.map((name) => [`send-${name}`, operation("send", name, name === "status")])),
      "receive-receipt": operation("receive", "receipt", false),
      ...Object.fromEntries(COMMAND_NAMES.map((name) => [`receive-${name}`, operation("receive", name, false)])),
    },
    components: {
      messages: Object.fromEntries([
        ...MESSAGE_NAMES.map((name) => [
          name,
          { name, contentType: "application/json", payload: { $ref: `#/components/schemas/${name}` } },
        ]),
        ...COMMAND_NAMES.map((name) => [name, signedMessage(name)]),
      ]),
      schemas: Object.fromEntries(Object.keys(ALL).map((name) => [name, withoutDialect(messageSchema(name))])),
    },
  };
}

const addressOf = (name: string): string => {
  if (name === "result") return "cmd/result";
  return name.startsWith("command-") ? name.replace("command-", "cmd/") : name;
};

/** AsyncAPI has no word for a signed form: the payload is its text, and the claims' schema is named beside it. */
function signedMessage(name: string): Json {
  return {
    name,
    contentType: "application/jose",
    description: `JWS in compact form (RFC 7515), Ed25519 (RFC 8037, alg EdDSA), its claims by #/components/schemas/${name}.`,
    payload: {
      type: "string",
      pattern: "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{86}$",
      maxLength: MOST_BYTES,
    },
    "x-claims": { $ref: `#/components/schemas/${name}` },
  };
}

function withoutDialect(schema: Json): Json {
  const { $schema: _, ...rest } = schema;
  return rest;
}

/** docs/contract/fields.md: what an engineer has open while building. */
export function fieldTables(): string {
  return [
    "# Fields 字段",
    "",
    "Made from the schemas; `vitest -u` writes it. 由格式定义生成。",
    ...[...Object.keys(ALL), ...CARRIED_NAMES].flatMap((name) => {
      const schema = messageSchema(name);
      return ["", `## ${name}`, "", text(schema.description), "", ...tableOf(schema)];
    }),
    "",
  ].join("\n");
}

function tableOf(schema: Json): readonly string[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const rows = Object.entries(groupOf(schema.properties)).map(([name, field]) => {
    const shape = groupOf(field);
    const must = required.includes(name) ? "●" : "";
    return `| \`${name}\` | ${must} | ${formOf(shape)} | ${text(shape.description)} |`;
  });
  return ["| field | always | form | meaning |", "| --- | --- | --- | --- |", ...rows];
}

function formOf(shape: Json): string {
  if (Array.isArray(shape.enum)) return shape.enum.map((one) => `\`${String(one)}\``).join(" ");
  if (shape.const !== undefined) return `\`${String(shape.const)}\``;
  if (Array.isArray(shape.anyOf)) return shape.anyOf.map((one) => formOf(groupOf(one))).join(" or ");
  if (typeof shape.pattern === "string") return `\`${shape.pattern.replaceAll("|", "\\|")}\``;
  if (shape.type === "array") return `list of ${formOf(groupOf(shape.items))}`;
  if (shape.type === "object") return `{ ${Object.keys(groupOf(shape.properties)).join(", ")} }`;
  return text(shape.type);
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const groupOf = (value: unknown): Json => (typeof value === "object" && value !== null ? { ...value } : {});
