/** `gatepost terminals`: the receipts beside the list, read beside a running gate. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CONSENTS_FILE, openConsents } from "../adapters/consents.ts";
import { openPictures } from "../adapters/pictures.ts";
import { loadProfiles } from "../adapters/profiles.ts";
import { readTerminals } from "../adapters/terminals.ts";
import { openWhitelist } from "../adapters/whitelist.ts";
import type { Loaded } from "../config/load.ts";
import { sitePlan } from "../config/plan.ts";
import { skeleton } from "../core/plates.ts";
import type { Receipt, Wanted } from "../core/roster.ts";
import type { Wall } from "../core/terms.ts";
import { enrolTerminals, enrolTimes, PICTURES_FOLDER, RECEIPTS_FILE, yearNow } from "../main-terminals.ts";
import { agreedOf, type EnrolTerminal, isLocal, unagreedAt, wantedAt } from "../shell/enrol-list.ts";
import { standingOf } from "../shell/enrol-told.ts";
import type { FaceHolder, OnHand, StoredHoldings } from "../shell/ports.ts";
import { type House, loadOrSay } from "./house.ts";
import type { TerminalTold } from "./works.ts";

const SLICE = 1_000;

export async function terminalsWork(
  house: House,
  options: { readonly configPath: string },
): Promise<readonly TerminalTold[]> {
  const loaded = loadOrSay(house, options.configPath, process.env, false);
  const profiles = loadProfiles(loaded.profilesDirs);
  const terminals = enrolTerminals(loaded, profiles, sitePlan(loaded.config, profiles.defaults));
  const file = join(loaded.dataDir, RECEIPTS_FILE);
  if (!existsSync(file) || !existsSync(join(loaded.dataDir, "whitelist.sqlite"))) return terminals.map(nothing);
  const stored = readTerminals(file);
  const people = agreedPeople(loaded, listedPeople(join(loaded.dataDir, "whitelist.sqlite")));
  const pictures = openPictures(join(loaded.dataDir, PICTURES_FOLDER));
  const wall: Wall = { epochMs: Date.now(), trust: "trusted", date: "", weekday: 1, minute: 0 };
  const marks = new Map((await pictures.onHand(wall.epochMs)).map((one) => [one.mark, one]));
  const onHand = new Map<string, OnHand>();
  for (const { face } of people) {
    const one = marks.get(pictures.markOf(face));
    if (one !== undefined) onHand.set(face, one);
  }
  const locals = people.filter(({ face }) => isLocal(face)).length;
  return terminals.map((terminal) => {
    const wanted = wantedAt(terminal, people, onHand, wall, enrolTimes(loaded));
    const unagreed = unagreedAt(people, wanted);
    return told(terminal, wanted, stored.get(terminal.device) ?? { receipts: new Map(), others: 0 }, {
      locals,
      unagreed,
    });
  });
}

/** As the gate itself sees them. Without a ledger nobody has agreed yet. */
function agreedPeople(loaded: Loaded, people: readonly FaceHolder[]): readonly FaceHolder[] {
  const file = join(loaded.dataDir, CONSENTS_FILE);
  const required = loaded.config.enrolment.consent === "required";
  if (!existsSync(file)) return agreedOf(people, () => "none", required);
  const consents = openConsents(file, yearNow);
  try {
    return agreedOf(people, consents.consentOf, required);
  } finally {
    consents.close();
  }
}

function listedPeople(file: string): readonly FaceHolder[] {
  const whitelist = openWhitelist({ file, skeleton, repair: false });
  try {
    const people: FaceHolder[] = [];
    for (;;) {
      const slice = whitelist.faces(people.at(-1)?.face ?? "", SLICE);
      people.push(...slice);
      if (slice.length < SLICE) return people;
    }
  } finally {
    whitelist.close();
  }
}

const nothing = ({ device }: EnrolTerminal): TerminalTold => ({
  device,
  holds: 0,
  uncertain: 0,
  owes: { add: 0, change: 0, remove: 0 },
  lacking: [],
  refused: [],
  shouldNotHold: [],
  unagreed: [],
  others: 0,
});

function told(
  terminal: EnrolTerminal,
  wanted: ReadonlyMap<string, Wanted>,
  { receipts, others, listedMs }: StoredHoldings,
  { locals, unagreed }: { readonly locals: number; readonly unagreed: readonly string[] },
): TerminalTold {
  const standing = standingOf(wanted, { receipts, others }, locals);
  const last = [...receipts.values()].reduce<Receipt | undefined>(
    (newest, one) => (newest === undefined || one.wallMs > newest.wallMs ? one : newest),
    undefined,
  );
  return {
    ...standing,
    device: terminal.device,
    refused: standing.refused.map(({ face, code = "—" }) => {
      const { zh, en } = terminal.roster.meaning(code);
      return { face, code, why: { zh, en } };
    }),
    unagreed,
    ...(last === undefined ? {} : { last: { face: last.face, is: last.is, wallMs: last.wallMs } }),
    ...(listedMs === undefined ? {} : { listedMs }),
  };
}
