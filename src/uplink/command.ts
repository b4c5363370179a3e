/**
 * What the platform may ask of a gate: the one place where it is written down. These are the claims of a signed command
 * (`command-read.ts` says how they are signed); the JSON Schemas, the AsyncAPI document and the field tables are made from it.
 */
import { z } from "zod";
import type { CommandKind } from "../core/terms.ts";
import { code, hash, note, uuid } from "./contract-words.ts";

/** The longest command as it comes, signature and all, bytes. */
export const MOST_BYTES = 131_072;
/** A command is carried out within so long of the gate's ticks, or never, ms. */
export const LONGEST_LIFE_MS = 30_000;
/** People in one command. */
export const MOST_PEOPLE = 300;
/** Parts of one full list: 120,000 people. */
export const MOST_PARTS = 400;

/** No control characters, and nothing that a spreadsheet would take for a formula: it all comes out again in `export`. */
const words = (most: number) =>
  z
    .string()
    .regex(/^(?![=+@-])[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*[^\p{Cc}\p{Cf}\p{Z}][^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u)
    .max(most);
const personId = z.string().regex(/^[\p{L}\p{N}_.-]{1,64}$/u);
const wallMs = z.int().min(0).max(4_102_444_800_000);

const headFields = {
  schemaVersion: note(
    z
      .string()
      .regex(/^1\.\d{1,3}$/)
      .max(8),
    "Version of this form.",
    "格式版本",
  ),
  id: note(
    uuid,
    "Random; one command, one id. Sent again it gets the same answer.",
    "命令编号（随机）；重发得到同样的答复",
  ),
  site: note(code, "Community code.", "小区编码"),
  gate: note(code, "Gate code.", "门岗编码"),
  epoch: note(
    uuid,
    "The gate's connection, from its `status`: another one, and nothing is done.",
    "门岗本次连接的编号，取自 status",
  ),
  counter: note(
    z.int().min(1),
    "Rises with every command signed by this key; holes don't matter.",
    "同一密钥签的命令逐次增大，可以跳号",
  ),
  validUntilMs: note(
    z.number().min(0),
    `Until when it may be carried out, by the gate's own ticks (\`monotonicMs\`); at most ${LONGEST_LIFE_MS / 1000} s from now.`,
    "有效期，按门岗自己的计时 monotonicMs，最多 30 秒",
  ),
  who: note(words(64), "The person whose order it is, by name.", "下命令的人，写姓名"),
  why: note(words(200), "Why, in that person's words.", "事由"),
};

const carried = z.strictObject({
  type: note(z.enum(["face", "plate", "card", "pin", "code"]), "What is presented.", "凭证类别"),
  value: note(
    words(128),
    "Its number; of a face the id in the terminals, never a picture or feature.",
    "编号；人脸只写终端里的编号，绝不写照片或特征",
  ),
  duress: note(z.boolean(), "Presented under duress.", "胁迫码").optional(),
});

export const listedSchema = z
  .strictObject({
    id: note(personId, "The list's own id of the person.", "人员编号"),
    name: note(words(64), "Name.", "姓名"),
    kind: note(z.enum(["resident", "visitor", "staff", "courier"]), "Kind of person.", "人员类别"),
    household: note(words(64), "Building-unit-room.", "房号").optional(),
    spaces: note(z.int().min(0).max(20), "The household's parking spaces.", "车位数").optional(),
    blockedWhy: note(words(100), "Present: barred, and why.", "写了即停用，内容为原因").optional(),
    slow: note(z.boolean(), "Needs the long access time.", "行动不便").optional(),
    levels: note(z.array(code).max(32), "Access levels of the gate's configuration.", "权限组"),
    validFromMs: note(wallMs, "From when, ms since 1970 UTC.", "生效时间").optional(),
    validUntilMs: note(wallMs, "Until when, ms since 1970 UTC.", "失效时间").optional(),
    maxUses: note(z.int().min(1).max(9_999), "How often in all.", "可用次数").optional(),
    credentials: note(z.array(carried).max(20), "What they carry.", "凭证"),
  })
  .meta({ title: "listed", description: "A person on the list. 名单上的一个人" });
export type Listed = z.infer<typeof listedSchema>;

const kind = <Name extends string>(name: Name) => note(z.literal(name), "What is asked.", "命令类别");
const laneCode = note(code, "Lane.", "通道编码");
const people = z.array(listedSchema).max(MOST_PEOPLE);
const allowRemovals = note(z.boolean(), "More than a tenth may be suspended.", "允许停用超过一成的人").optional();

export const COMMANDS = {
  "remote-open": z.strictObject({ ...headFields, kind: kind("remote-open"), lane: laneCode }).meta({
    title: "remote-open",
    description: "One opening, one passage, by the rules of the guard's button. 远程开门一次",
  }),
  mode: z
    .strictObject({
      ...headFields,
      kind: kind("mode"),
      lane: laneCode,
      mode: note(z.enum(["controlled", "locked-open", "locked-down"]), "Which.", "模式"),
      forSeconds: note(
        z.int().min(1).max(604_800),
        "When it ends by itself; must be there unless `controlled`.",
        "多少秒后自动恢复；除 controlled 外必须写",
      ).optional(),
    })
    .refine(({ mode, forSeconds }) => (mode === "controlled") === (forSeconds === undefined), { path: ["forSeconds"] })
    .meta({ title: "mode", description: "A lane's mode, with its end. 通道模式" }),
  whitelist: z
    .strictObject({
      ...headFields,
      kind: kind("whitelist"),
      base: note(z.int().min(0), "The list's generation that this changes.", "所基于的名单版本"),
      put: note(people, "New or changed people, whole.", "新增或更改的人（整条）"),
      remove: note(
        z.array(personId).max(MOST_PEOPLE),
        "Who leaves: suspended, as an import does.",
        "移出名单的人：停用",
      ),
      allowRemovals,
    })
    .meta({ title: "whitelist", description: "Changes to the resident list, all or nothing. 名单变更" }),
  "whitelist-part": z
    .strictObject({
      ...headFields,
      kind: kind("whitelist-part"),
      upload: note(uuid, "The same in all parts of one list.", "同一份名单各部分相同"),
      part: note(z.int().min(1).max(MOST_PARTS), "In order, from 1.", "第几部分，从 1 起依次"),
      parts: note(z.int().min(1).max(MOST_PARTS), "How many in all.", "共几部分"),
      people: note(people, "People.", "人员"),
      allowRemovals,
    })
    .refine(({ part, parts }) => part <= parts, { path: ["part"] })
    .meta({
      title: "whitelist-part",
      description:
        "The whole list in parts; the last one puts it in force, and whoever isn't in it is suspended. 全量名单分批",
    }),
  config: z
    .strictObject({
      ...headFields,
      kind: kind("config"),
      text: note(z.string().min(1).max(65_536), "A whole gate.yaml.", "完整的 gate.yaml"),
      sha256: note(hash, "Of the text's UTF-8 bytes.", "文本的 SHA-256"),
    })
    .meta({
      title: "config",
      description: "A configuration: checked and kept for the technician, not put in force. 配置：检查后留存",
    }),
  resend: z
    .strictObject({
      ...headFields,
      kind: kind("resend"),
      stream: note(z.enum(["alarm", "event"]), "Which stream.", "哪个流"),
      fromSeq: note(z.int().min(1), "From this record on.", "从这条记录起"),
    })
    .meta({ title: "resend", description: "Send records again. 补传" }),
  erase: z
    .strictObject({ ...headFields, kind: kind("erase"), person: note(personId, "Whom.", "人员编号") })
    .meta({ title: "erase", description: "Erase a person, as `gatepost erase` does. 删除一个人" }),
} as const satisfies Readonly<Record<CommandKind, z.ZodType>>;

export type Command = z.infer<(typeof COMMANDS)[CommandKind]>;

/** The protected header of the signature (RFC 7515, RFC 8037): one algorithm, and the key's name. */
export const headerSchema = z.strictObject({
  alg: z.literal("EdDSA"),
  kid: code,
  typ: z.string().max(32).optional(),
});
