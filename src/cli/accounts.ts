/** `gatepost accounts`: who may enter the page. Works beside a running gate and without one: who holds this machine is in. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { ROLES } from "../core/roles.ts";
import { CONFIG_OPTION, JSON_OPTION, type Lang, plain, say, USAGE, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { AccountsDeed, AccountsResult, Works } from "./works.ts";

const DEEDS: readonly AccountsDeed[] = ["list", "add", "disable", "enable", "reset", "setup-code"];

export function accountsVerb(works: Pick<Works, "accounts">): Verb {
  return verb(
    {
      name: "accounts",
      summary: words("网页的账号：谁能登录", "Accounts of the page: who may enter"),
      usage:
        "accounts [list | add NAME --role ROLE [--who 称呼] | disable NAME | enable NAME | reset NAME | setup-code]",
      positionals: [0, 2],
      options: [
        CONFIG_OPTION,
        {
          name: "role",
          value: ROLES.join("|"),
          among: ROLES,
          words: words("角色：保安、物业、技术员、管理员", "The role"),
        },
        { name: "who", value: "NAME", words: words("记录里怎么称呼，默认同账号名", "How rows name the person") },
        {
          name: "secret-stdin",
          words: words(
            "从标准输入读口令或 PIN；不写就生成一个，只显示一次",
            "Read the password or PIN from standard input; else one is made and shown once",
          ),
        },
        JSON_OPTION,
      ],
      examples: [
        {
          line: "sudo gatepost accounts setup-code",
          words: words("第一次：看初装码", "The first time: the set-up code"),
        },
        {
          line: "sudo gatepost accounts add wang --role guard --who 王建国",
          words: words("给保安一个账号，显示一个新 PIN", "An account for a guard, with a new PIN"),
        },
        {
          line: "sudo gatepost accounts reset chen",
          words: words("忘了口令、丢了手机：换新口令，停用动态码", "A forgotten password, a lost telephone"),
        },
        { line: "sudo gatepost accounts disable wang", words: words("立即停用，一秒内退出", "Out within a second") },
      ],
      exitCodes: [
        { code: 0, words: words("完成", "Done") },
        {
          code: 1,
          words: words(
            "没有这个账号、名字已用、口令太简单，或无法读写",
            "No such account, taken, too easy, or no access",
          ),
        },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const [asked = "list", name] = given.positionals;
      const deed = DEEDS.find((one) => one === asked);
      const named = deed !== "list" && deed !== "setup-code";
      const role = ROLES.find((one) => one === given.text("role"));
      if (deed === undefined || named !== (name !== undefined) || (deed === "add") !== (role !== undefined)) {
        const say1 = words("用法：gatepost accounts --help", "See gatepost accounts --help");
        io.err(`${say(say1, lang)}\n`);
        return USAGE;
      }
      const who = given.text("who");
      const result = await works.accounts({
        configPath: configPath(given.text("config"), io.env),
        deed,
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
        ...(who === undefined ? {} : { who }),
        ...(given.on("secret-stdin") ? { secret: (await io.stdin()).replace(/[\r\n]+$/, "") } : {}),
      });
      io.out(given.on("json") ? `${JSON.stringify(result, null, 2)}\n` : accountsText(result, lang));
      return 0;
    },
  );
}

const ROLE_WORDS = {
  guard: words("保安", "guard"),
  clerk: words("物业", "clerk"),
  technician: words("技术员", "technician"),
  admin: words("管理员", "admin"),
} as const;

function accountsText({ accounts, secret, setupCode }: AccountsResult, lang: Lang): string {
  const lines = accounts.map(({ name, who, role, disabled, totp }) =>
    [
      plain(name),
      plain(who),
      say(ROLE_WORDS[role], lang),
      ...(totp ? [say(words("动态码", "one-time codes"), lang)] : []),
      ...(disabled ? [say(words("已停用", "disabled"), lang)] : []),
    ].join("  "),
  );
  if (secret !== undefined)
    lines.push(say(words(`新口令（只显示这一次）：${secret}`, `New secret, shown this once: ${secret}`), lang));
  if (setupCode !== undefined)
    lines.push(
      say(
        words(
          `初装码：${setupCode}（24 小时内、只能用一次；在网页上建第一个管理员）`,
          `Set-up code: ${setupCode} (once, within 24 hours; makes the first admin on the page)`,
        ),
        lang,
      ),
    );
  else if (accounts.length === 0)
    lines.push(
      say(words("还没有账号；gatepost accounts setup-code", "No account yet; gatepost accounts setup-code"), lang),
    );
  return `${lines.join("\n")}\n`;
}
