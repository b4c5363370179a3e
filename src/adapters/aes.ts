/** AES-128 of one block, from OpenSSL: what the decoder's secure channel is built on. */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { BlockCipher } from "../decode/osdp-secure.ts";

export const aes128: BlockCipher = {
  encrypt: (key, block) => createCipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(block),
  decrypt: (key, block) => createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false).update(block),
};
