/** `gatepost enrol`: checks pictures and puts them where the gate takes them from. Nothing else is kept or said of them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { CONSENTS_FILE, openConsents } from "../adapters/consents.ts";
import { makeDataFolder } from "../adapters/database.ts";
import { keepPicture, type PictureFault, pictureFault } from "../adapters/pictures.ts";
import { type OpenedWhitelist, openWhitelist } from "../adapters/whitelist.ts";
import { GONE } from "../adapters/whitelist-people.ts";
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import { skeleton } from "../core/plates.ts";
import { PICTURES_FOLDER, yearNow } from "../main-terminals.ts";
import { type House, loadOrSay } from "./house.ts";
import type { EnrolOptions, EnrolResult } from "./works.ts";

const FAULTS: Readonly<Record<PictureFault, Words>> = {
  "too-small": words("照片太小（不到 1000 字节）", "The picture is smaller than 1000 bytes"),
  "too-large": words("照片超过 1 MB", "The picture is larger than 1 MB"),
  "not-jpeg": words("不是 JPEG 照片", "This is no JPEG picture"),
  "bad-size": words("照片边长要在 80 到 4096 像素之间", "Its sides must be 80 to 4096 pixels"),
};
const NOT_LISTED = words("名单上没有这个人脸编号，先导入名单", "No such face id on the list; import the list first");
const NOT_AGREED = words(
  "没有登记同意（或已撤回）：写上 --notice、--agreed-by、--how、--taken-by",
  "No consent is recorded, or it was withdrawn: give --notice, --agreed-by, --how, --taken-by",
);
const NO_TERMINAL = "no device has `enrol: true`: nobody would take the picture 没有一台终端写了 enrol: true";
const LARGEST = 2_000_000;

export function enrolWork(house: House, { configPath, from }: EnrolOptions): EnrolResult {
  const { config, dataDir } = loadOrSay(house, configPath, process.env, false);
  makeDataFolder(dataDir);
  const consents = openConsents(join(dataDir, CONSENTS_FILE), yearNow);
  try {
    if ("withdraw" in from) {
      consents.withdraw(from.withdraw, from.takenBy, Date.now());
      return { taken: [], refused: [], consent: "withdrawn" };
    }
    if (!config.devices.some((device) => device.enrol)) throw new GateError("INPUT_INVALID", NO_TERMINAL);
    const whitelist = openWhitelist({ file: join(dataDir, "whitelist.sqlite"), skeleton, repair: false });
    try {
      // Before the consent, so that a picture that isn't there leaves nothing behind.
      if ("face" in from && from.picture !== undefined) readable(from.picture);
      const agreement = "face" in from ? from.agreement : undefined;
      // Before the picture, so that no picture lies here without it.
      if (agreement !== undefined && isListed(whitelist, agreement.face)) consents.record(agreement, Date.now());
      const isAgreed = (face: string) => {
        const state = consents.consentOf(face);
        return state === "recorded" || (state === "none" && config.enrolment.consent === "not-checked");
      };
      const told = takePictures(from, join(dataDir, PICTURES_FOLDER), (face) =>
        !isListed(whitelist, face) ? NOT_LISTED : isAgreed(face) ? undefined : NOT_AGREED,
      );
      return agreement === undefined || !isListed(whitelist, agreement.face) ? told : { ...told, consent: "recorded" };
    } finally {
      whitelist.close();
    }
  } finally {
    consents.close();
  }
}

function takePictures(
  from: Exclude<EnrolOptions["from"], { readonly withdraw: string }>,
  folder: string,
  wrongWith: (face: string) => Words | undefined,
): EnrolResult {
  const taken: string[] = [];
  const refused: { readonly file: string; readonly why: Words }[] = [];
  for (const { face, file } of picturesOf(from)) {
    const read = file === undefined ? undefined : readable(file);
    const fault = read === undefined ? "too-large" : pictureFault(read);
    const why = wrongWith(face) ?? (file === undefined || fault === undefined ? undefined : FAULTS[fault]);
    if (why !== undefined) refused.push({ file: file ?? face, why });
    else if (read !== undefined) {
      keepPicture(folder, face, read);
      taken.push(face);
    }
  }
  return { taken, refused };
}

function isListed(whitelist: OpenedWhitelist, face: string): boolean {
  const holder = whitelist.find("face", face)?.holder;
  return holder !== undefined && holder.blockedWhy?.startsWith(GONE) !== true;
}

function picturesOf(
  from: Exclude<EnrolOptions["from"], { readonly withdraw: string }>,
): readonly { readonly face: string; readonly file: string | undefined }[] {
  if ("face" in from) return [{ face: from.face, file: from.picture }];
  try {
    return readdirSync(from.folder)
      .filter((name) => /^\.jpe?g$/i.test(extname(name)))
      .map((name) => ({ face: basename(name, extname(name)).normalize("NFC"), file: join(from.folder, name) }));
  } catch (cause) {
    throw unreadable(from.folder, cause);
  }
}

/** Undefined: larger than any terminal takes, so it isn't read. */
function readable(file: string): Uint8Array | undefined {
  try {
    return statSync(file).size > LARGEST ? undefined : readFileSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const unreadable = (file: string, cause: unknown) =>
  new GateError("INPUT_INVALID", `${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
