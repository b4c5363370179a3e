/** `gatepost enrol`: a picture from the clerk on its way to the terminals. */
import { type Agreement, needsGuardian } from "../adapters/consents.ts";
import { configPath } from "../config/environment.ts";
import { type Words, words } from "../config/problem.ts";
import { CONFIG_OPTION, type Given, JSON_OPTION, plain, say, USAGE, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { EnrolOptions, Works } from "./works.ts";

export function enrolVerb(works: Pick<Works, "enrol">): Verb {
  return verb(
    {
      name: "enrol",
      summary: words(
        "把人脸照片交给终端；终端都收下后就删掉，不保存",
        "Hand pictures to the terminals; deleted when all have them",
      ),
      usage:
        "enrol FACE_ID [--picture FILE.jpg] [--notice V --agreed-by NAME --how HOW --taken-by NAME] | enrol --folder DIR | enrol FACE_ID --withdraw --taken-by NAME",
      positionals: [0, 1],
      options: [
        CONFIG_OPTION,
        { name: "picture", value: "FILE", words: words("这个人的照片（JPEG）", "This person's picture (JPEG)") },
        {
          name: "folder",
          value: "DIR",
          words: words(
            "一个文件夹，文件名就是人脸编号，如 R-0417.jpg",
            "A folder of pictures named by face id, R-0417.jpg",
          ),
        },
        {
          name: "notice",
          value: "VERSION",
          words: words("给他看的告知书版本", "Version of the notice that was shown"),
        },
        { name: "agreed-by", value: "NAME", words: words("谁同意的", "Who agreed") },
        {
          name: "how",
          value: "signed|spoken|page",
          among: ["signed", "spoken", "page"],
          words: words("怎么同意的：签字、口头、网页", "How it was given"),
        },
        { name: "taken-by", value: "NAME", words: words("谁办理的", "Who took it down") },
        {
          name: "birth-year",
          value: "YYYY",
          number: [1900, 2200],
          words: words("出生年份；未满十四岁要监护人同意", "Year of birth; under 14 a guardian agrees"),
        },
        { name: "guardian", value: "NAME", words: words("监护人", "The guardian") },
        {
          name: "withdraw",
          words: words(
            "撤回同意：从所有终端删除，逐台有回执",
            "Consent withdrawn: out of every terminal, with a receipt each",
          ),
        },
        JSON_OPTION,
      ],
      examples: [
        {
          line: "gatepost enrol R-0417 --picture R-0417.jpg --notice 2026-1 --agreed-by 林秀兰 --how signed --taken-by 周建国",
          words: words("一个人，连同他的同意", "One person, with the consent"),
        },
        {
          line: "gatepost enrol --folder photos",
          words: words("一个文件夹；同意要先登记", "A folder of pictures; consents are recorded before"),
        },
        {
          line: "gatepost enrol R-0417 --withdraw --taken-by 周建国",
          words: words("撤回：不用人脸，其他方式照常进门", "Withdrawn: his other ways in stay as they are"),
        },
      ],
      exitCodes: [
        { code: 0, words: words("全部收下，正在下发", "All were taken and are on their way") },
        {
          code: 1,
          words: words("有照片不能用，或文件夹里没有照片", "Some pictures can't be used, or the folder holds none"),
        },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const [face] = given.positionals;
      const from = sourceOf(face, given);
      if ("wrong" in from) {
        io.err(`${say(from.wrong, lang)}\n`);
        return USAGE;
      }
      const result = await works.enrol({ configPath: configPath(given.text("config"), io.env), from });
      const empty = "folder" in from && result.taken.length + result.refused.length === 0;
      if (given.on("json")) io.out(`${JSON.stringify(result)}\n`);
      else if (empty) io.out(`${plain(say(noneIn(from.folder), lang))}\n`);
      else {
        for (const { file, why } of result.refused) io.out(`! ${plain(file)}: ${say(why, lang)}\n`);
        if (result.consent !== undefined) io.out(`${say(CONSENT_TOLD[result.consent], lang)}\n`);
        const count = result.taken.length;
        const told = words(
          `收下 ${count} 张，正在下发；gatepost terminals 看进度`,
          `${count} taken and on their way; gatepost terminals shows how far they are`,
        );
        if (count > 0 || result.consent === undefined) io.out(`${say(told, lang)}\n`);
      }
      return result.refused.length === 0 && !empty ? 0 : 1;
    },
  );
}

const CONSENT_TOLD = {
  recorded: words("同意已登记", "The consent is recorded"),
  withdrawn: words(
    "已登记撤回，正在从所有终端删除；gatepost terminals 看回执",
    "The withdrawal is recorded, and the face is on its way out of every terminal; gatepost terminals shows the receipts",
  ),
};

const noneIn = (folder: string): Words => words(`${folder} 里没有 .jpg 照片`, `No .jpg file in ${folder}`);

const EITHER = words(
  "写人脸编号加 --picture、同意或 --withdraw，或只写 --folder",
  "A face id with --picture, a consent or --withdraw; or --folder alone",
);
const WHOLE = words(
  "登记同意要写全：--notice、--agreed-by、--how、--taken-by",
  "A consent needs all of --notice, --agreed-by, --how, --taken-by",
);
const CHILD = words("未满十四岁：要写 --guardian 监护人", "Under 14: --guardian is needed");
const WHO = words("撤回要写谁办理的：--taken-by", "Who took the withdrawal down? --taken-by");
const CONSENT_PARTS = ["notice", "agreed-by", "how", "taken-by"] as const;

type Wrong = { readonly wrong: Words };

function sourceOf(face: string | undefined, given: Given): EnrolOptions["from"] | Wrong {
  const [picture, folder, takenBy] = [given.text("picture"), given.text("folder"), given.text("taken-by")];
  const agreement = agreementOf(face ?? "", given);
  if (folder !== undefined)
    return face === undefined && picture === undefined && agreement === undefined ? { folder } : { wrong: EITHER };
  if (face === undefined) return { wrong: EITHER };
  if (given.on("withdraw")) {
    if (picture !== undefined) return { wrong: EITHER };
    return takenBy === undefined ? { wrong: WHO } : { withdraw: face, takenBy };
  }
  if (agreement !== undefined && "wrong" in agreement) return agreement;
  if (picture === undefined && agreement === undefined) return { wrong: EITHER };
  return {
    face,
    ...(picture === undefined ? {} : { picture }),
    ...(agreement === undefined ? {} : { agreement }),
  };
}

/** Undefined: none is given. */
function agreementOf(face: string, given: Given): Agreement | Wrong | undefined {
  if (given.on("withdraw")) return undefined;
  const [notice, agreedBy, how, takenBy] = CONSENT_PARTS.map((name) => given.text(name)?.trim());
  const birthYear = given.number("birth-year");
  const guardian = given.text("guardian");
  if ([notice, agreedBy, how, takenBy, birthYear, guardian].every((part) => part === undefined)) return undefined;
  if (!notice || !agreedBy || !how || !takenBy) return { wrong: WHOLE };
  if (birthYear !== undefined && guardian === undefined && needsGuardian(birthYear, new Date().getFullYear()))
    return { wrong: CHILD };
  return {
    face,
    notice,
    agreedBy,
    how,
    takenBy,
    ...(birthYear === undefined ? {} : { birthYear }),
    ...(guardian === undefined ? {} : { guardian }),
  };
}
