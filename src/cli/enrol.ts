/** `gatepost enrol`: a picture from the clerk on its way to the terminals. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { CONFIG_OPTION, JSON_OPTION, plain, say, USAGE, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { EnrolOptions, Works } from "./works.ts";

export function enrolVerb(works: Pick<Works, "enrol">): Verb {
  return verb(
    {
      name: "enrol",
      summary: words(
        "把人脸照片交给终端；终端都收下后就删掉，不保存",
        "Hand pictures to the terminals; deleted when all have them",
      ),
      usage: "enrol FACE_ID --picture FILE.jpg | enrol --folder DIR",
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
        JSON_OPTION,
      ],
      examples: [
        { line: "gatepost enrol R-0417 --picture R-0417.jpg", words: words("一个人", "One person") },
        { line: "gatepost enrol --folder photos", words: words("一个文件夹", "A folder of pictures") },
      ],
      exitCodes: [
        { code: 0, words: words("全部收下，正在下发", "All were taken and are on their way") },
        { code: 1, words: words("有照片不能用", "Some pictures can't be used") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const [face] = given.positionals;
      const from = sourceOf(face, given.text("picture"), given.text("folder"));
      if (from === undefined) {
        io.err(
          `${say(words("写人脸编号加 --picture，或只写 --folder", "A face id with --picture, or --folder alone"), lang)}\n`,
        );
        return USAGE;
      }
      const result = await works.enrol({ configPath: configPath(given.text("config"), io.env), from });
      if (given.on("json")) io.out(`${JSON.stringify(result)}\n`);
      else {
        for (const { file, why } of result.refused) io.out(`! ${plain(file)}: ${say(why, lang)}\n`);
        const count = result.taken.length;
        const told = words(
          `收下 ${count} 张，正在下发；gatepost terminals 看进度`,
          `${count} taken and on their way; gatepost terminals shows how far they are`,
        );
        io.out(`${say(told, lang)}\n`);
      }
      return result.refused.length === 0 ? 0 : 1;
    },
  );
}

function sourceOf(
  face: string | undefined,
  picture: string | undefined,
  folder: string | undefined,
): EnrolOptions["from"] | undefined {
  if (folder !== undefined) return face === undefined && picture === undefined ? { folder } : undefined;
  return face === undefined || picture === undefined ? undefined : { face, picture };
}
