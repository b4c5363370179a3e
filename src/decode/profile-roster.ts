/** How faces get into a terminal and out of it, as data: which commands, with what, and what their replies tell. */
import * as z from "zod";
import { nameText, patternText, pointerText } from "./profile-mapping.ts";
import { template } from "./profile-outgoing.ts";

const filled = z
  .record(nameText, template)
  .describe(
    "Argument → text with slots: `{face} {name} {picture} {from} {until} {limited}`; one without a value is left out",
  );

const step = z.strictObject({
  command: nameText,
  args: filled,
  withPicture: z.literal(true).optional().describe("Left out where there is no new picture"),
  anyway: z.literal(true).optional().describe("Goes on where it is refused: whoever is to be taken out isn't there"),
});
export type StepRule = z.infer<typeof step>;
const onePerson = z.union([step, z.array(step).min(1).max(4).describe("One after the other, until one is refused")]);

const codeSchema = z.strictObject({
  zh: z.string().min(1).max(200),
  en: z.string().min(1).max(200),
  means: z
    .enum(["again", "full", "mend"])
    .describe(
      "again = it is busy, or of no great meaning; full = it holds no more; mend = picture or data must be mended",
    ),
});
export type CodeRule = z.infer<typeof codeSchema>;

export const rosterSchema = z.strictObject({
  faceId: patternText.describe("The face ids it can hold"),
  paceMs: z.int().min(100).max(60_000).describe("At the least between an answer and the next command"),
  add: onePerson.describe("Needs the picture"),
  change: onePerson.describe("Without a new picture `{picture}` has no value"),
  remove: z.strictObject({
    command: nameText,
    list: nameText.optional().describe("The command's list that takes the people; absent = one at a time"),
    person: filled.describe("Each element's arguments, or the command's"),
  }),
  list: z
    .strictObject({
      command: nameText,
      ids: z.strictObject({
        from: pointerText,
        item: pointerText.optional().describe("In each element of a list; absent = the element itself"),
        split: z.string().length(1).optional().describe("The ids stand in one text, with this between them"),
      }),
      count: pointerText.optional().describe("How many ids it says it gives: with another number they aren't believed"),
      total: pointerText.optional().describe("How many people it holds in all, also those without an id of ours"),
    })
    .optional()
    .describe("Absent = it can't be asked whom it holds"),
  failed: z
    .strictObject({ from: pointerText, item: pointerText, code: pointerText.optional() })
    .optional()
    .describe("Of a command for several people: those for whom it failed"),
  code: z.array(pointerText).min(1).max(4).describe("Where a refusal says why; the first that is there"),
  codes: z.record(z.string().max(20), codeSchema),
});
export type RosterRule = z.infer<typeof rosterSchema>;
