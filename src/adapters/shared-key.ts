/** What the gates of a site make of the secret they share: one key for letters, one for names. */
import { createHmac } from "node:crypto";

/** Ends of the same secret that tell nothing of each other, nor of another site's. */
const derived = (secret: string, site: string, use: string): Buffer =>
  createHmac("sha256", secret).update(`gatepost sharing 1 ${site} ${use}`).digest();

/** 32 bytes, AES-256-GCM. */
export const letterKey = (secret: string, site: string): Uint8Array => derived(secret, site, "letters");

const MOST_KNOWN = 20_000;

/** Pseudonyms that are the same at each gate of the site: 16 hex digits. Kept, because they are asked for before deciding. */
export function sharedNames(secret: string, site: string): (text: string) => string {
  const key = derived(secret, site, "names");
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const name = createHmac("sha256", key).update(text).digest("hex").slice(0, 16);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, name);
    return name;
  };
}
