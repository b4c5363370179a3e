/** A lane in gate.yaml: its barrier, its contacts, its access points. */
import { z } from "zod";
import type { InputRole } from "../core/terms.ts";
import { id, millis, note, shortText } from "./schema-words.ts";

const channel = z.int().min(1).max(64);
const gpioOffset = z.int().min(0).max(511);

const outputSchema = z
  .strictObject({
    device: note(id, "Relay board or terminal.", "继电器板或终端").optional(),
    channel: note(channel, "Relay of that board, from 1.", "继电器通道，从 1 起").optional(),
    command: note(
      z
        .string()
        .regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, "name")
        .max(48),
      "A command of that device.",
      "设备命令",
    ).optional(),
    gpio: note(gpioOffset, "Line of this machine's own chip.", "本机 GPIO 线号").optional(),
    activeLow: note(z.boolean(), "Active at low level.", "低电平有效").optional(),
    pulseMs: note(millis(10, 5000), "Length of the pulse, ms.", "脉冲毫秒").optional(),
  })
  .meta({
    oneOf: [{ required: ["device", "channel"] }, { required: ["device", "command"] }, { required: ["gpio"] }],
  });

const inputSchema = z
  .strictObject({
    device: note(id, "Board it is wired to.", "所接的输入板").optional(),
    channel: note(channel, "Input of that board, from 1.", "输入通道，从 1 起").optional(),
    gpio: note(gpioOffset, "Line of this machine's own chip.", "本机 GPIO 线号").optional(),
    activeLow: note(z.boolean(), "Active at low level (normally-closed contact).", "低电平有效（常闭）").optional(),
    bias: note(z.enum(["up", "down", "none"]), "GPIO only: pull resistor.", "上下拉，仅 GPIO").optional(),
    debounceMs: note(millis(0, 1000), "Shorter changes are ignored, ms.", "去抖毫秒").optional(),
  })
  .meta({ oneOf: [{ required: ["device", "channel"] }, { required: ["gpio"] }] });

const input = inputSchema.optional();
/** One key per role; the type check below fails when a role is added to the core and forgotten here. */
const inputShapes = {
  "limit-closed": note(input, "The arm is down.", "关到位"),
  "limit-open": note(input, "The arm is up.", "开到位"),
  "loop-outer": note(input, "Loop on the street side.", "外侧地感"),
  "loop-inner": note(input, "Loop on the compound side.", "内侧地感"),
  "safety-loop": note(input, "Loop under the arm.", "杆下防砸地感"),
  photocell: note(input, "Light beam under the arm.", "红外对射"),
  radar: note(input, "Radar under the arm.", "防砸雷达"),
  "door-contact": note(input, "The leaf is shut.", "门磁"),
  "request-to-exit": note(input, "Button inside.", "出门按钮"),
  fire: note(input, "Fire alarm contact; may serve several lanes.", "消防联动，可多通道共用"),
  stop: note(input, "Emergency stop; may serve several lanes.", "急停，可多通道共用"),
} satisfies Record<InputRole, z.ZodType>;

export const INPUT_ROLES = [
  "limit-closed",
  "limit-open",
  "loop-outer",
  "loop-inner",
  "safety-loop",
  "photocell",
  "radar",
  "door-contact",
  "request-to-exit",
  "fire",
  "stop",
] as const satisfies readonly InputRole[];
/** Roles that see something under or beside the arm, and so may guard it. */
export const GUARD_ROLES = ["loop-outer", "loop-inner", "safety-loop", "photocell", "radar"] as const;

const timesSchema = z.strictObject({
  travelMs: note(millis(500, 60_000), "Longest travel of the arm.", "起落杆最长时间").optional(),
  accessMs: note(millis(1000, 120_000), "How long it stays open unused.", "放行后等待时间").optional(),
  longAccessMs: note(millis(1000, 300_000), "The same for slow people.", "行动不便者等待时间").optional(),
  clearMs: note(millis(0, 60_000), "After the vehicle has left, before a close.", "离开地感后延时").optional(),
  heldMs: note(millis(2000, 3_600_000), "Open without reason for this long is held-open.", "超时未关报警").optional(),
  preAlarmMs: note(millis(0, 600_000), "Pre-alarm this long before.", "预警提前量").optional(),
  stuckMs: note(millis(10_000, 3_600_000), "A sensor active longer is faulty.", "传感器卡死判定").optional(),
  gapMs: note(millis(100, 10_000), "Least time between two commands.", "两次命令最小间隔").optional(),
});

const sayingSchema = z.strictObject({
  command: note(
    z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, "name")
      .max(48),
    "A command of that device that moves nothing.",
    "设备命令（不能是开关门的）",
  ),
  args: note(
    z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/, "name"), z.union([z.string().min(1).max(120), z.int()])),
    "Its arguments; texts may have {plate}, {name} and {reason}.",
    "参数；文字里可写 {plate}、{name}、{reason}",
  ).default({}),
});
export type SayingConfig = z.infer<typeof sayingSchema>;

const feedbackSchema = z.strictObject({
  device: note(id, "Display or voice board, camera or terminal.", "显示屏、语音板、相机或终端"),
  show: note(
    z.enum(["name", "surname", "nothing"]),
    "What {name} shows to everybody around.",
    "{name} 显示全名、姓，或不显示",
  ).default("surname"),
  onGranted: note(sayingSchema, "When somebody is let through.", "放行时").optional(),
  onRefused: note(sayingSchema, "When somebody is not.", "不放行时").optional(),
});

const accessPointSchema = z.strictObject({
  id,
  direction: note(z.enum(["in", "out"]), "Which way people pass here.", "方向"),
  readers: note(z.array(id).max(16), "Devices that read here.", "读卡、人脸、车牌设备"),
  from: note(id, "Area left; absent = outside.", "离开的区域").optional(),
  to: note(id, "Area entered; absent = outside.", "进入的区域").optional(),
  minConfidence: note(z.number().min(0).max(1), "Below it a face or plate is refused.", "最低置信度").default(0.8),
  liveness: note(
    z.enum(["required", "unless-silent"]),
    "required: a face must carry a passed liveness check; unless-silent: only a failed one refuses.",
    "活体检测要求",
  ).default("unless-silent"),
  secondWithinSeconds: note(
    z.number().min(1).max(120),
    "Two different credentials, the second within this time.",
    "双重认证时限（秒）",
  ).optional(),
  freshSeconds: note(z.number().min(0.5).max(10), "Older events never open.", "事件有效期（秒）").default(3),
  feedback: note(
    feedbackSchema,
    "Shown or said after the decision; never waited for.",
    "判断之后的显示和播报",
  ).optional(),
  plateQuietMs: note(
    millis(0, 5000),
    "Quiet time that ends one vehicle's reads; 0 = decide on the first.",
    "车牌静默毫秒",
  ).default(0),
  plateMaxMs: note(millis(0, 10_000), "Longest wait for more reads of one plate.", "车牌最长等待毫秒").default(0),
});

export const laneSchema = z.strictObject({
  id,
  kind: note(
    z.enum(["vehicle", "pedestrian", "monitored"]),
    "monitored: a contact only, counted and watched.",
    "通道类型：车行、人行、仅监测",
  ),
  name: note(shortText, "As the guard reads it.", "门卫看到的名称"),
  barrier: note(
    z.strictObject({ profile: note(id, "Gives defaults for pulses, times and contacts.", "道闸档案") }),
    "The operator.",
    "道闸",
  ).optional(),
  outputs: note(
    z.strictObject({
      open: note(outputSchema.optional(), "Opens. Never a toggle.", "开"),
      close: note(outputSchema.optional(), "Closes; absent = the operator closes by itself.", "关"),
      stop: note(outputSchema.optional(), "Stops.", "停"),
    }),
    "Contacts that move the barrier.",
    "输出",
  ).prefault({}),
  inputs: note(z.strictObject(inputShapes), "Contacts that tell what it does.", "输入").prefault({}),
  guards: note(
    z.array(z.enum(GUARD_ROLES)).max(GUARD_ROLES.length),
    "Inputs that must all be clear before a close; all wired ones if absent.",
    "关杆前必须全部无遮挡的输入",
  ).optional(),
  times: note(timesSchema, "Times in ms.", "时间（毫秒）").prefault({}),
  interlock: note(id, "Of the lanes of one group at most one is not closed.", "互锁组").optional(),
  maxLockedOpenMinutes: note(z.int().min(1).max(1440), "Longest locked-open.", "常开最长分钟数").default(60),
  accessPoints: note(z.array(accessPointSchema).max(8), "Directions through it.", "出入点").default([]),
});
