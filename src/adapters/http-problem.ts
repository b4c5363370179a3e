/** Every refusal the page and the API can get, as problem+json (RFC 9457) in both languages, with a code and a place. */
import type { FastifyReply } from "fastify";

interface Wording {
  readonly status: number;
  readonly zh: string;
  readonly en: string;
}

/** All codes in one table; the page shows the sentence of its language. */
export const PROBLEMS = {
  INPUT_INVALID: { status: 400, zh: "请求格式不对。", en: "The request is not of the expected form." },
  "host-refused": {
    status: 421,
    zh: "这个主机名不在允许的名单里。",
    en: "This host name isn't on the list of allowed ones.",
  },
  "origin-refused": {
    status: 403,
    zh: "只接受本机页面发出的请求。",
    en: "Only requests from this gate's own page are taken.",
  },
  "route-closed": { status: 403, zh: "这个地址没有开放。", en: "This address isn't open to anyone." },
  "operator-unset": {
    status: 403,
    zh: "页面对外网口开放，但没有设置操作口令文件，因此不接受操作。",
    en: "The page listens beyond this machine and no operator token file is set, so nothing is taken.",
  },
  "operator-needed": { status: 401, zh: "请先输入操作口令。", en: "Enter the operator token first." },
  "operator-wrong": { status: 401, zh: "操作口令不对。", en: "The operator token is wrong." },
  "too-many-tries": { status: 429, zh: "试得太多，请稍后再试。", en: "Too many tries; try again later." },
  "login-needed": { status: 401, zh: "请先登录。", en: "Enter first." },
  "not-allowed": { status: 403, zh: "你的账号不能做这件事。", en: "Your account may not do this." },
  "entry-wrong": { status: 401, zh: "账号、口令或动态码不对。", en: "Wrong name, password or code." },
  "code-needed": { status: 401, zh: "请再输入动态码。", en: "Enter the one-time code too." },
  "account-unknown": { status: 404, zh: "没有这个账号。", en: "There is no such account." },
  "name-taken": { status: 409, zh: "这个账号名已有人用。", en: "This name is taken." },
  "secret-weak": {
    status: 422,
    zh: "口令太简单：口令至少 10 个字符，PIN 至少 6 位数字且只给保安用，不能是连号、重复或常见的。",
    en: "Too easy a secret: a password has 10 characters at least, a PIN 6 digits and is for guards alone; no runs, repeats or common ones.",
  },
  "last-admin": { status: 409, zh: "这是最后一个管理员，不能停用。", en: "This is the last admin." },
  "setup-over": {
    status: 409,
    zh: "已经有账号了，初装码不再有效。",
    en: "There are accounts already; the set-up code is over.",
  },
  "totp-unset": { status: 409, zh: "请先取得动态码密钥。", en: "Ask for a one-time code key first." },
  "accounts-failing": {
    status: 503,
    zh: "账号文件读写不了，暂时不能登录；停和应急全开照常可用。",
    en: "The accounts can't be read or written: nobody can enter now; stop and emergency opening work.",
  },
  "not-found": { status: 404, zh: "没有这个地址。", en: "There is no such address." },
  "lane-unknown": { status: 404, zh: "没有这条通道。", en: "There is no such lane." },
  "area-unknown": { status: 404, zh: "没有这个区域。", en: "There is no such area." },
  "about-unknown": {
    status: 409,
    zh: "这次识别已过去太久，或已处理，没有开门。",
    en: "That reading is too old or already dealt with; nothing was opened.",
  },
  "opening-unknown": { status: 404, zh: "这次开门不用再填原因。", en: "That opening needs no reason any more." },
  "reason-unknown": { status: 400, zh: "没有这个原因。", en: "There is no such reason." },
  "alarm-unknown": { status: 404, zh: "这条报警已经不在了。", en: "This alarm no longer stands." },
  "too-large": { status: 413, zh: "内容太大。", en: "The body is too large." },
  "media-type": { status: 415, zh: "只接受 JSON。", en: "Only JSON is taken." },
  "not-kept": { status: 503, zh: "没有做成，什么也没改。", en: "It couldn't be done; nothing was changed." },
  "device-unknown": { status: 404, zh: "没有这台设备。", en: "There is no such device." },
  "not-at-rest": {
    status: 409,
    zh: "杆没停稳，或者有人可能正在通过。看清楚，确定要试再点一次。",
    en: "The arm isn't at rest, or somebody may be passing; look, and say that you are sure.",
  },
  "tap-expired": {
    status: 409,
    zh: "这次点击已过期，没有执行，请再点一次。",
    en: "This tap came too late and was not carried out; tap again.",
  },
  "tap-before-restart": {
    status: 409,
    zh: "主机重启过，这次点击没有执行，请再点一次。",
    en: "The gate has restarted since; the tap was not carried out, tap again.",
  },
  "id-reused": { status: 409, zh: "这个编号已用于另一次操作。", en: "This id was used for another order." },
  "not-clear": {
    status: 409,
    zh: "杆下有车或人，或传感器没有信号，不能落杆。",
    en: "Not clear under the arm: it won't close.",
  },
  "stop-pressed": {
    status: 409,
    zh: "急停按钮还按着，请先松开。",
    en: "The stop button is still pressed; release it first.",
  },
  interlocked: { status: 409, zh: "联锁中：另一道门还没关好。", en: "Interlocked: another gate isn't closed yet." },
  "locked-down": { status: 409, zh: "通道已锁闭，请先解除。", en: "The lane is locked down; release it first." },
  "no-such-output": { status: 409, zh: "这条通道没有接这个动作。", en: "This lane has no output for that." },
  emergency: { status: 409, zh: "应急全开中，请先结束应急。", en: "Emergency opening is on; end it first." },
  "too-long": { status: 409, zh: "常开时间太长。", en: "That is longer than this lane may stay open." },
  "person-unknown": { status: 404, zh: "没有这个人。", en: "There is no such person." },
  "preview-unknown": {
    status: 404,
    zh: "预览已失效，请重新选择文件。",
    en: "This preview is over; choose the file again.",
  },
  "list-changed": {
    status: 409,
    zh: "预览之后名单又改过，请重新预览。",
    en: "The list has changed since the preview; preview it again.",
  },
  "reasons-changed": {
    status: 409,
    zh: "别人刚改过开门原因，请看过新的再改。",
    en: "Somebody else has just changed the reasons; look at them again.",
  },
  "many-suspended": {
    status: 409,
    zh: "要停用的超过一成，请再确认一次。",
    en: "More than a tenth would be suspended; confirm it once more.",
  },
  "has-mistakes": { status: 422, zh: "有错误，什么也没写。", en: "There are mistakes; nothing was written." },
  "undo-unknown": { status: 404, zh: "这次更改不能撤销了。", en: "This change can't be undone any more." },
  "credential-taken": { status: 409, zh: "已经是别人的了。", en: "It is somebody else's already." },
  "levels-needed": {
    status: 422,
    zh: "不知道能走哪个门：填主人的房号，或选权限组。",
    en: "Which gates? Name the host's house, or access levels.",
  },
  "pass-invalid": { status: 422, zh: "时间或车牌不对。", en: "The time or the plate is wrong." },
  "guardian-needed": {
    status: 422,
    zh: "未满 14 周岁，需要监护人同意。",
    en: "Under 14 a guardian must agree.",
  },
  "no-face": { status: 409, zh: "没有登记人脸。", en: "No face is enrolled." },
  "consent-unknown": { status: 404, zh: "没有这条同意记录。", en: "There is no such consent." },
  "facts-changed": {
    status: 409,
    zh: "您看的时候情况变了，请再看一遍，然后保存。",
    en: "The facts have changed since they were looked at; look again, then record.",
  },
  "assessment-unknown": { status: 404, zh: "没有这份评估。", en: "There is no such assessment." },
  "assessment-unfinished": {
    status: 409,
    zh: "还有没写的地方，不能登记签字：先写完，再保存一份。",
    en: "Something in it isn't written yet, so it can't be signed; write it and record it anew.",
  },
  "assessment-signed": { status: 409, zh: "这份已经登记过签字。", en: "This one was signed already." },
  "file-too-heavy": {
    status: 422,
    zh: "文件太大，读不完；另存为 CSV 再试。",
    en: "The file takes too much time or memory; try saving it as CSV.",
  },
  "register-failing": {
    status: 503,
    zh: "名单文件读写不了，什么也没写；门照常工作。",
    en: "The list's file can't be read or written; nothing was changed, the gate goes on.",
  },
  "streams-full": { status: 503, zh: "打开的页面太多。", en: "Too many pages are open." },
  failed: { status: 500, zh: "主机内部出错。", en: "Something went wrong inside the gate controller." },
} as const satisfies Readonly<Record<string, Wording>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal; `place` is a JSON path (`$.id`) or a header's name. */
export interface Problem {
  readonly code: ProblemCode;
  readonly place?: string;
  readonly detail?: string;
  /** Of a list: each with its row, its column and how to mend it. */
  readonly mistakes?: readonly unknown[];
  /** Not before so many ms (`Retry-After`). */
  readonly waitMs?: number;
}

/** Answers with the problem as `application/problem+json`. */
export function refuse(reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, zh, en } = PROBLEMS[problem.code];
  const { code, place, detail, waitMs, mistakes } = problem;
  if (waitMs !== undefined) reply.header("retry-after", String(Math.ceil(waitMs / 1000)));
  return reply
    .code(status)
    .header("cache-control", "no-store")
    .type("application/problem+json; charset=utf-8")
    .send({
      type: `urn:gatepost:problem:${code}`,
      title: en,
      status,
      code,
      zh,
      en,
      ...(place === undefined ? {} : { place }),
      ...(detail === undefined ? {} : { detail }),
      ...(waitMs === undefined ? {} : { waitMs }),
      ...(mistakes === undefined ? {} : { mistakes }),
    });
}
