/** A plate's pseudonym: 16 hex digits that mean this plate at this site and nothing elsewhere. */
import { createHmac } from "node:crypto";

export function platePseudonym(siteKey: Uint8Array, plate: string): string {
  return createHmac("sha256", siteKey).update(`plate ${plate}`).digest("hex").slice(0, 16);
}
