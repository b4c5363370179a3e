/** Words of the impact assessment: the page's own, and the names of what the record holds. */
import type { BLANKS, HELD, LEAVING, Leaving, MEASURES, StandsOn } from "../core/impact.ts";
import type { Role } from "../core/roles.ts";
import type { Sentence } from "../shell/desk.ts";
import { s } from "./language.ts";

export const W = {
  loading: s("正在读取…", "Reading…"),
  record: s("保存这份评估", "Record this assessment"),
  recorded: s("已保存。请打印、签字，再登记签字。", "Recorded. Print it, have it signed, then note the signature."),
  print: s("打印", "Print"),
  open: s("打开", "Open"),
  back: s("返回现在的情况", "Back to the facts as they are"),
  records: s("以前的评估（不能改，不会删）", "Records (never changed, never deleted)"),
  none: s("还没有", "None yet"),
  number: s("第", "No."),
  unsigned: s("还没登记签字", "Signature not noted yet"),
  signed: s("已签字", "Signed"),
  signedBy: s("签字的人", "Who signed"),
  signedOn: s("签字日期", "Signed on"),
  sign: s("登记已签字", "Note the signature"),
  noted: s("已登记签字。", "The signature is noted."),
  never: s(
    "还没有签过字的影响评估。写好下面“由人填写”的几项，保存、打印、签字，再登记签字。",
    "No impact assessment has been signed yet. Fill in what people have to say below, record, print, sign, and note the signature.",
  ),
  changed: s("上次签字以后，这些变了，请重新评估：", "Since the last signature this has changed; assess anew:"),
  fine: s("上次签字以后，主要情况没有变。", "The facts are as they were when it was last signed."),
} as const satisfies Readonly<Record<string, Sentence>>;

export const SHEET = {
  title: s("个人信息保护影响评估记录", "Personal information protection impact assessment"),
  basis: s(
    "依据：个人信息保护法第五十五、五十六条；人脸识别技术应用安全管理办法第九条。本表由主机按现有情况预填，不是法律意见。",
    "Basis: PIPL arts. 55–56; Order 19 of 2025, art. 9. Pre-filled by the gate from what it knows; not legal advice.",
  ),
  draft: s("未保存的草稿", "Draft, not recorded"),
  by: s("保存人", "Recorded by"),
  keep: s("至少保存到", "Kept until at least"),
  people: s("由人填写", "What only people can say"),
  nameless: s("不要写住户姓名。", "No resident's name here."),
  signature: s("负责人签字", "Signature"),
  date: s("日期", "Date"),
  seal: s("盖章", "Seal"),
  simulated: s("模拟街道：数字不是真的", "A simulated street: these figures aren't real"),
} as const satisfies Readonly<Record<string, Sentence>>;

type Named<T extends string> = Readonly<Record<T, Sentence>>;

export const BLANK_WORDS: Named<(typeof BLANKS)[number]> = {
  necessity: s(
    "必要性：目的和方式是否合法、正当、必要；不用人脸行不行",
    "Necessity: are purpose and means lawful, proper and needed; would it do without faces",
  ),
  impact: s("对个人的影响和风险：泄露、认错、被拒会怎样", "Impact and risks for people: a leak, a mistake, a refusal"),
  measures: s("措施够不够，和风险相不相称", "Are the measures enough, and in keeping with the risks"),
  conclusion: s("结论：可以继续、要改什么、什么时候再看", "Conclusion: go on, change what, look again when"),
  assessors: s("参加评估的人", "Who assessed"),
};

export const HELD_WORDS: Named<(typeof HELD)[number]> = {
  people: s("名单上的人（姓名、类别）", "People on the list (name, kind)"),
  left: s("其中已不在名单、只为记录保留", "Of these no longer on the clerk's list, kept for the records"),
  households: s("房号", "Houses"),
  phoneEnds: s("手机后四位", "Last four digits of a telephone number"),
  plates: s("车牌", "Plates"),
  cards: s("卡号", "Cards"),
  faces: s("人脸编号（不是照片，不是特征）", "Face ids (no picture, no feature)"),
  pictures: s("等待下发的人脸照片", "Face pictures waiting for a terminal"),
  pins: s("密码", "PINs"),
  codes: s("通行码", "Codes"),
  visitors: s("访客码（访客姓名、号码）", "Visitor passes (visitor's name, digits)"),
  barred: s("黑名单", "Blocklist"),
  consents: s("人脸同意和撤回的登记", "Consents and withdrawals on record"),
  rows: s("门岗记录（进出、报警、操作）行数", "Rows of the journal (passages, alarms, orders)"),
};

export const TO_WORDS: Named<Leaving["to"]> = {
  platform: s("县平台（联网）", "County platform (line)"),
  stick: s("县平台（U盘）", "County platform (USB stick)"),
  viid: s("公安视图库（GA/T 1400）", "Police video platform (GA/T 1400)"),
  home: s("智能家居平台", "Home Assistant"),
  gates: s("小区其他出入口", "The site's other entrances"),
};
export const LEAVING_WORDS: Named<(typeof LEAVING)[number]> = {
  pseudonyms: s("进出记录，人和车用假名", "passages, people and plates under pseudonyms"),
  plates: s("车牌明文", "plates in clear"),
  persons: s("有人步行通过，不报是谁", "that somebody passed on foot, not who"),
  faces: s("刷脸通行按人脸对象，不含照片和特征", "passages by face as face objects, without picture or feature"),
  states: s("门的状态，不含人员", "the gate's state, nobody's data"),
};

export const MEASURE_WORDS: Named<(typeof MEASURES)[number]> = {
  "page-tls": s("网页加密（TLS）", "The page is encrypted (TLS)"),
  "devices-tls": s("设备连接加密", "Devices' connections are encrypted"),
  "lines-tls": s("对外线路加密", "Lines to others are encrypted"),
  accounts: s("每人一个账号", "An account for each person"),
  "one-time-codes": s("看名单的账号都用动态码", "Every account that sees the list has a one-time code"),
  consent: s("没有登记同意的人脸不下发", "No face goes into a terminal without a recorded consent"),
  "no-features": s(
    "主机不存人脸特征，照片下发后不用",
    "No face features are kept here; pictures are for handing over alone",
  ),
  "rows-sealed": s(
    "记录里的个人内容逐人加密，可擦除",
    "What names anybody in the records is sealed per person, and can be erased",
  ),
  "list-sealed": s(
    "名单文件加密（现靠文件权限、机柜上锁）",
    "The list's file is encrypted (else: file rights, a locked cabinet)",
  ),
  chain: s("记录成链，改动看得出", "Records are chained: a change shows"),
  "backups-sealed": s("备份加密", "Backups are encrypted"),
};

export const ROLE_WORDS: Named<Role> = {
  guard: s("保安", "Guard"),
  clerk: s("居委", "Clerk"),
  technician: s("技术员", "Technician"),
  admin: s("管理员", "Admin"),
};
export const RIGHT_WORDS: Readonly<Partial<Record<string, Sentence>>> = {
  watch: s("进出记录和姓名", "passages with names"),
  figures: s("每天的客流数字", "every day's figures"),
  people: s("住户名单和同意", "the list and consents"),
  wire: s("设备和接线", "devices and wiring"),
  accounts: s("账号和登录记录", "accounts and who entered"),
};

export const STANDS_ON_WORDS: Named<StandsOn> = {
  purposes: s("用途", "purposes"),
  kinds: s("多了一种个人信息", "another kind of data"),
  leaving: s("送到外面的内容、对象或依据", "what leaves the gate, to whom or on which ground"),
  measures: s("少了一项安全措施", "a measure that fell away"),
  retention: s("保存期限", "how long what is kept"),
  access: s("谁能看到什么", "who may see what"),
  terminals: s("多了一台存人脸的终端", "another terminal with faces"),
  facesAlone: s("有的门只剩人脸一种方式", "a way in with faces alone"),
  waits: s("有的门不刷脸的人等得更久", "a lane where others wait longer"),
  minors: s("有了未满 14 周岁的人脸", "a face of somebody under 14"),
  filing: s("人脸人数接近或达到备案线", "faces near or at the number to be filed"),
};
