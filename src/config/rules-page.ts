/** A page that others than this machine can reach must know its own names, or it answers nobody; and its tiles differ. */
import { grouped } from "./grouped.ts";
import type { Finding, Path } from "./problem.ts";
import { error, warning, words } from "./problem.ts";
import { isLoopback } from "./rules-dangers.ts";
import type { GateConfig } from "./schema.ts";

const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);
const HOST: Path = ["page", "host"];

export function pageFindings(config: GateConfig): readonly Finding[] {
  const { host, hosts } = config.page;
  if (isLoopback(host)) return repeatedTiles(config);
  const findings: Finding[] = [...repeatedTiles(config)];
  // One address is its own name; on every address at once, which of them is ours can't be told from a stranger's trick.
  if (hosts.length === 0 && EVERY_ADDRESS.has(host)) {
    const message = words("没有写网页的地址，谁都打不开", "The page has no name; every request would be refused");
    const hint = words(
      "写 page.hosts: [浏览器里输入的地址]，例如 [192.168.4.1, gate.lan]，不带端口",
      "Write page.hosts: [what is typed in the browser], e.g. [192.168.4.1, gate.lan], without port",
    );
    findings.push(error("PAGE_NAMELESS", HOST, message, hint));
  }
  return findings;
}

/** A row names its reason by the Chinese; the clerk's list, which begins as this one, isn't taken with two of a name. */
function repeatedTiles({ page }: GateConfig): readonly Finding[] {
  const tiles = page.reasons.map(({ zh }, index) => ({ zh, index }));
  return [...grouped(tiles, ({ zh }) => zh).values()].flatMap((same) =>
    same.slice(1).map(({ zh, index }) => {
      const message = words(
        `原因“${zh}”写了两次，物业在 /clerk 存不了`,
        `The reason ${zh} stands twice; /clerk won't save the list`,
      );
      const hint = words("换一个词，或删掉一个", "Take another word, or remove one");
      return warning("REASON_TWICE", ["page", "reasons", index, "zh"], message, hint);
    }),
  );
}
