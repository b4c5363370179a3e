/** `gatepost backup` and `gatepost restore`: all that a gate is, in one sealed file. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import {
  CONFIG_OPTION,
  type Given,
  type Io,
  JSON_OPTION,
  type Lang,
  type OptionSpec,
  plain,
  say,
  USAGE_CODE,
  type Verb,
  verb,
} from "./verb.ts";
import type { BackupOptions, BackupResult, RestoreResult, Works } from "./works.ts";

const PASSPHRASE: OptionSpec = {
  name: "passphrase-file",
  value: "FILE",
  words: words(
    "口令文件（至少 12 个字符）；不写就当场输入",
    "File with the passphrase, 12 characters or more; absent = it is asked for",
  ),
};

function optionsOf(given: Given, io: Io): BackupOptions {
  const passphraseFile = given.text("passphrase-file");
  return {
    configPath: configPath(given.text("config"), io.env),
    file: given.positionals[0] ?? "",
    ...(passphraseFile === undefined ? {} : { passphraseFile }),
  };
}

export function backupVerb(works: Pick<Works, "backup">): Verb {
  return verb(
    {
      name: "backup",
      summary: words(
        "备份名单、记录、密钥和配置到一个加密文件",
        "Back up list, journal, keys and configuration into one sealed file",
      ),
      usage: "backup FILE [--passphrase-file FILE] [--json]",
      positionals: [1, 1],
      options: [CONFIG_OPTION, PASSPHRASE, JSON_OPTION],
      examples: [
        {
          line: "sudo gatepost backup /media/usb/gate.backup",
          words: words("门岗运行时也可以备份", "Beside a running gate too"),
        },
      ],
      exitCodes: [
        { code: 0, words: words("已写入并核验", "Written, read back and verified") },
        { code: 1, words: words("没有备份", "There is no backup") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const result = await works.backup(optionsOf(given, io));
      io.out(given.on("json") ? `${JSON.stringify(result, null, 2)}\n` : backupText(result, lang));
      return 0;
    },
  );
}

export function restoreVerb(works: Pick<Works, "restore">): Verb {
  return verb(
    {
      name: "restore",
      summary: words(
        "从备份恢复（本机或另一台），原有的改名保留",
        "Bring a backup back, here or on another machine; what was there is kept by name",
      ),
      usage: "restore FILE [--passphrase-file FILE] [--json]",
      positionals: [1, 1],
      options: [CONFIG_OPTION, PASSPHRASE, JSON_OPTION],
      examples: [
        {
          line: "sudo systemctl stop gatepost && sudo gatepost restore /media/usb/gate.backup",
          words: words(
            "停止门岗再恢复；恢复后不要让旧机器再运行",
            "Stop the gate first; the old machine must not run afterwards",
          ),
        },
      ],
      exitCodes: [
        { code: 0, words: words("已恢复", "Brought back") },
        {
          code: 1,
          words: words(
            "口令不对、文件损坏或门岗在运行：什么也没改",
            "Wrong passphrase, damaged file or a running gate: nothing was changed",
          ),
        },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const result = await works.restore(optionsOf(given, io));
      io.out(given.on("json") ? `${JSON.stringify(result, null, 2)}\n` : restoreText(result, lang));
      return 0;
    },
  );
}

function backupText({ file, bytes, files, rows, outside }: BackupResult, lang: Lang): string {
  const done = words(
    `已备份 ${files.length} 个文件，记录 ${rows} 行，已核验：${file}（${bytes} 字节）`,
    `${files.length} files, ${rows} rows of the journal, verified: ${file} (${bytes} bytes)`,
  );
  const missing = words("配置目录以外，没有备份", "Outside the configuration's folder, not in it");
  return `${[say(done, lang), ...outside.map((path) => `${say(missing, lang)}: ${plain(path)}`)].join("\n")}\n`;
}

function restoreText({ config, dataDir, files, rows, aside }: RestoreResult, lang: Lang): string {
  const done = words(
    `已恢复 ${files.length} 个文件，记录 ${rows} 行：${config}，${dataDir}`,
    `${files.length} files and ${rows} rows of the journal are back: ${config}, ${dataDir}`,
  );
  const kept = words("原有的改名为", "What was there is now");
  const next = words(
    "接下来：gatepost check，gatepost doctor，systemctl start gatepost",
    "Next: gatepost check, gatepost doctor, systemctl start gatepost",
  );
  return `${[say(done, lang), ...aside.map((path) => `${say(kept, lang)}: ${plain(path)}`), say(next, lang)].join("\n")}\n`;
}
