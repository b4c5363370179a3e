/** A page that others than this machine can reach must know its own names and ask for a token, or it answers nobody. */
import type { Environment } from "./environment.ts";
import type { Finding, Path } from "./problem.ts";
import { error, words } from "./problem.ts";
import { isLoopback } from "./rules-dangers.ts";
import type { GateConfig } from "./schema.ts";
import { credentialsIn, OPERATOR_TOKEN } from "./secrets.ts";

const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);
const HOST: Path = ["page", "host"];

export function pageFindings(config: GateConfig, env: Environment): readonly Finding[] {
  const { host, hosts, operatorTokenFile } = config.page;
  if (isLoopback(host)) return [];
  const findings: Finding[] = [];
  // One address is its own name; on every address at once, which of them is ours can't be told from a stranger's trick.
  if (hosts.length === 0 && EVERY_ADDRESS.has(host)) {
    const message = words("没有写网页的地址，谁都打不开", "The page has no name; every request would be refused");
    const hint = words(
      "写 page.hosts: [浏览器里输入的地址]，例如 [192.168.4.1, gate.lan]，不带端口",
      "Write page.hosts: [what is typed in the browser], e.g. [192.168.4.1, gate.lan], without port",
    );
    findings.push(error("PAGE_NAMELESS", HOST, message, hint));
  }
  if (operatorTokenFile === undefined && credentialsIn(env) === undefined) {
    const message = words("没有操作口令，谁都打不开", "The page has no operator token; every request would be refused");
    const hint = words(
      `写 page.operatorTokenFile: secrets/${OPERATOR_TOKEN}，内容：head -c 24 /dev/urandom | base64`,
      `Write page.operatorTokenFile: secrets/${OPERATOR_TOKEN}, and fill it: head -c 24 /dev/urandom | base64`,
    );
    findings.push(error("SECRET_MISSING", HOST, message, hint));
  }
  return findings;
}
