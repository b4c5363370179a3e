/** The facts of an impact assessment as the sections of a sheet, each row in both languages. */
import { FILING_PEOPLE, filing } from "../core/face-filing.ts";
import { HELD, type ImpactFacts, type Leaving, MEASURES, type Measure } from "../core/impact.ts";
import type { Sentence } from "../shell/desk.ts";
import { HELD_WORDS, LEAVING_WORDS, MEASURE_WORDS, RIGHT_WORDS, ROLE_WORDS, TO_WORDS } from "./impact-words.ts";
import { s } from "./language.ts";

export interface Section {
  readonly title: Sentence;
  readonly rows: readonly (readonly [what: Sentence, is: Sentence])[];
}
type Row = Section["rows"][number];

/** The same in both: a number, a device, what somebody wrote. */
const plain = (text: string | number): Sentence => s(String(text), "");
const NOTHING = s("没有", "None");
const orNothing = (rows: readonly Row[], what: Sentence): readonly Row[] =>
  rows.length > 0 ? rows : [[what, NOTHING]];
const days = (n: number, zh: string, en: string): Sentence => s(`${n} 天${zh}`, `${n} days ${en}`);

export function sectionsOf(facts: ImpactFacts): readonly Section[] {
  return [
    {
      title: s("一、处理目的", "1. Purposes"),
      rows: orNothing(
        facts.purposes.map(({ device, purpose }): Row => [plain(device), plain(purpose)]),
        s("写明用途的设备", "Devices with a stated purpose"),
      ),
    },
    {
      title: s("二、保存的个人信息", "2. What is kept of people"),
      rows: HELD.map((kind): Row => [HELD_WORDS[kind], plain(facts.held[kind])]),
    },
    { title: s("三、人脸", "3. Faces"), rows: faceRows(facts) },
    { title: s("四、人脸和其他方式比", "4. Faces beside the other ways in"), rows: parityRows(facts) },
    { title: s("五、保存多久", "5. How long"), rows: keptRows(facts) },
    { title: s("六、谁能看到什么", "6. Who sees what"), rows: roleRows(facts) },
    { title: s("七、送到外面的", "7. What leaves the gate"), rows: leavingRows(facts) },
    {
      title: s("八、安全措施", "8. Measures in force"),
      rows: MEASURES.map((measure): Row => [MEASURE_WORDS[measure], MEASURE_STATES[facts.measures[measure]]]),
    },
  ];
}

const MEASURE_STATES: Readonly<Record<Measure, Sentence>> = {
  on: s("● 有", "yes"),
  off: s("✕ 没有", "no"),
  unused: s("— 用不到", "nothing to protect"),
};
const FILING = {
  below: s("没到提醒线", "below the reminder at 80 %"),
  near: s("接近：准备备案材料", "near: prepare the papers"),
  due: s("达到：30 个工作日内向省级网信部门备案", "reached: file with the provincial office within 30 working days"),
} as const;

function faceRows({ faces, terminals, facesAlone }: ImpactFacts): readonly Row[] {
  const { people, agreed } = faces;
  const told = FILING[filing(people)];
  return [
    [s("名单上有人脸的人", "People with a face"), plain(people)],
    [s("已登记同意", "Consent on record"), plain(agreed)],
    [s("没有登记同意", "No consent on record"), plain(people - agreed)],
    [s("已撤回的人脸（累计）", "Faces withdrawn (in all)"), plain(faces.withdrawn)],
    [s("未满 14 周岁、监护人同意的人脸", "Faces under 14, on a guardian's word"), plain(faces.guarded)],
    [s("同时有卡、车牌、码或密码", "With a card, plate, code or PIN as well"), plain(faces.otherWay)],
    [
      s("只能刷脸的出入口", "Ways in with faces alone"),
      facesAlone.length === 0 ? NOTHING : plain(facesAlone.join("、")),
    ],
    ...orNothing(
      terminals.map(
        ({ device, faces: held }): Row => [s(`终端 ${device}`, "terminal"), s(`存有 ${held} 张`, `holds ${held}`)],
      ),
      s("按名单管理的人脸终端", "Terminals that our list is carried out in"),
    ),
    [
      s("备案线（只数本机名单）", "Filing (this gate's list alone)"),
      s(`${people} / ${FILING_PEOPLE} 人，${told.zh}`, told.en),
    ],
  ];
}

const VERDICTS = {
  few: s("量到的太少，说不准", "too few measured to say"),
  alike: s("● 等得差不多", "about the same wait"),
  "others-longer": s("✕ 不刷脸的人等得更久", "whoever doesn't show a face waits longer"),
  "faces-longer": s("● 不刷脸的人等得更短", "whoever doesn't show a face waits less"),
} as const;
const seconds = (ms: number | null): string => (ms === null ? "—" : (ms / 1000).toFixed(1));

const parityRows = ({ parity: { from, to, lanes } }: ImpactFacts): readonly Row[] => [
  [s("统计的日子", "Days counted"), plain(`${from} – ${to}`)],
  ...orNothing(
    lanes.map(({ lane, faces, others, is, faceMs, othersMs }): Row => {
      const [mine, theirs] = [seconds(faceMs), seconds(othersMs)];
      const zh = `刷脸 ${faces} 次、等 ${mine} 秒；其他 ${others} 次、等 ${theirs} 秒。`;
      const en = `${faces} by face, ${mine} s; ${others} otherwise, ${theirs} s:`;
      return [plain(lane), s(zh + VERDICTS[is].zh, `${en} ${VERDICTS[is].en}`)];
    }),
    s("刷脸通过", "Passed by face"),
  ),
];

function keptRows({ kept }: ImpactFacts): readonly Row[] {
  const pictures = kept.keepPictures === 1;
  return [
    [
      s("名单上的人", "People on the list"),
      s(
        `到擦除为止；到期后 ${kept.graceDays} 天内仍放行`,
        `until erased; let in for ${kept.graceDays} days after the end`,
      ),
    ],
    [
      s("名单外的人和车", "People and cars not on the list"),
      days(kept.strangerDays, "后读不出", "later it can't be read"),
    ],
    [
      s("进出记录", "Records of passages"),
      s("一直保留；擦除某人后，他的内容读不出", "kept; once a person is erased, theirs can't be read"),
    ],
    [
      s("终端里的人脸", "Faces in terminals"),
      s(
        `撤回即删；到期和宽限后 ${kept.lateDays} 天内删除`,
        `gone once withdrawn; ${kept.lateDays} days after validity and grace`,
      ),
    ],
    [
      s("人脸照片", "Face pictures"),
      pictures
        ? s("保留，供终端重置后再下发", "kept, to fill a terminal again")
        : days(kept.pictureDays, "内删除，下发后即删", "at most, gone once handed over"),
    ],
    [
      s("终端的抓拍", "What a terminal photographs"),
      kept.snapshotSeconds === 0
        ? s("不显示，不保存", "neither shown nor kept")
        : s(
            `给保安看 ${kept.snapshotSeconds} 秒，只在内存里，不保存`,
            `shown to the guard for ${kept.snapshotSeconds} s from memory; not kept`,
          ),
    ],
    [s("同意登记", "Consents"), s("到擦除本人为止", "until the person is erased")],
    [s("设备记录编号", "Devices' event ids"), days(kept.usedEventDays, "", "")],
  ];
}

const roleRows = ({ roles }: ImpactFacts): readonly Row[] => [
  ...roles.map(({ role, accounts, codes, rights }): Row => {
    const seen = rights.map((right) => RIGHT_WORDS[right]).filter((words) => words !== undefined);
    return [
      ROLE_WORDS[role],
      s(
        `${accounts} 个账号（${codes} 个用动态码）：${seen.map(({ zh }) => zh).join("、")}`,
        `${accounts} accounts (${codes} with one-time codes): ${seen.map(({ en }) => en).join(", ")}`,
      ),
    ];
  }),
  [s("没登录的岗亭屏", "Booth screen, nobody entered"), s("不显示姓名、车牌、号码", "no name, plate or number")],
];

function leavingRows({ leaves }: ImpactFacts): readonly Row[] {
  const faces = leaves.filter(({ what }) => what.includes("faces"));
  return [
    ...orNothing(leaves.map(leavingRow), s("对外线路", "Lines to others")),
    [
      s("刷脸通行上报公安视图库", "Passages by face to the police platform"),
      faces.length === 0
        ? s("没有开", "off")
        : s(`已开。依据：${faces.map(({ ground }) => ground).join("；")}`, "on, on the recorded ground"),
    ],
    [s("人脸照片和特征", "Face pictures and features"), s("任何时候都不外传", "never leave")],
  ];
}

function leavingRow({ to, address, encrypted, what, ground }: Leaving): Row {
  const words = what.map((kind) => LEAVING_WORDS[kind]);
  const [lineZh, lineEn] = encrypted ? ["加密", "encrypted"] : ["✕ 不加密", "in the clear"];
  return [
    s(`${TO_WORDS[to].zh} ${address}`.trim(), TO_WORDS[to].en),
    s(
      `${words.map(({ zh }) => zh).join("、") || "车辆通过，不含车牌"}；${lineZh}${ground === "" ? "" : `；依据：${ground}`}`,
      `${words.map(({ en }) => en).join(", ") || "that vehicles passed, no plates"}; ${lineEn}`,
    ),
  ];
}
