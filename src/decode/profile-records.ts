/** How the records that a device kept while nobody heard it are asked for, as data. They become history and move nothing. */
import * as z from "zod";
import { nameText } from "./profile-mapping.ts";

export const recordsSchema = z.strictObject({
  command: nameText.describe("Takes the arguments `from`, `until` (local, `YYYY-MM-DD hh:mm:ss`) and `page` (from 0)"),
  perPage: z.int().min(1).max(32).describe("A page with fewer is the last"),
  backMs: z.int().min(60_000).max(2_592_000_000).describe("How far back a first look goes"),
  everyMs: z.int().min(60_000).max(86_400_000).describe("And each time it is back"),
});
export type RecordsRule = z.infer<typeof recordsSchema>;
