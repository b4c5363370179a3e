/** Which configuration it is: told by a running gate, by the county, and by `sha256sum gate.yaml` alike. */
import { createHash } from "node:crypto";

/** SHA-256 of the text as it lies in the file, in hex. */
export const configSha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What a running gate tells of the configuration that it works by. */
export interface InForce {
  readonly sha256: string;
  /** It is the last good one, which stands in for a gate.yaml that can't be used. */
  readonly standsIn: boolean;
}
