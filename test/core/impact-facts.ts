/** A gate as an impact assessment sees it, for the tests. */
import type { ImpactFacts, ImpactWords } from "../../src/core/impact.ts";

export const FACTS: ImpactFacts = {
  site: "星河小区",
  gate: "东门",
  simulation: false,
  purposes: [{ device: "face-1", purpose: "住户进出小区时核对身份" }],
  held: {
    people: 2_310,
    left: 41,
    households: 980,
    phoneEnds: 0,
    plates: 845,
    cards: 1_660,
    faces: 612,
    pictures: 0,
    pins: 12,
    codes: 0,
    visitors: 3,
    barred: 2,
    consents: 640,
    rows: 184_223,
  },
  faces: { people: 608, agreed: 601, withdrawn: 14, guarded: 0, otherWay: 590 },
  terminals: [{ device: "face-1", faces: 606 }],
  facesAlone: [],
  parity: {
    from: "2026-10-27",
    to: "2026-11-25",
    lanes: [{ lane: "东侧人行门", faces: 4_210, others: 3_980, is: "alike", faceMs: 2_300, othersMs: 2_600 }],
  },
  kept: { strangerDays: 30, usedEventDays: 180, graceDays: 7, lateDays: 7, pictureDays: 14, keepPictures: 0 },
  roles: [
    { role: "guard", accounts: 4, codes: 0, rights: ["watch"] },
    { role: "clerk", accounts: 2, codes: 2, rights: ["watch", "figures", "people"] },
    { role: "technician", accounts: 1, codes: 0, rights: ["watch", "figures", "wire"] },
    { role: "admin", accounts: 1, codes: 1, rights: ["watch", "figures", "people", "wire", "accounts"] },
  ],
  leaves: [{ to: "platform", address: "mqtt.county.example:8883", encrypted: true, what: ["pseudonyms"], ground: "" }],
  measures: {
    "page-tls": "off",
    "devices-tls": "on",
    "lines-tls": "on",
    accounts: "on",
    "one-time-codes": "on",
    consent: "on",
    "no-features": "on",
    "rows-sealed": "on",
    "list-sealed": "off",
    chain: "on",
    "backups-sealed": "on",
  },
};

export const WORDS: ImpactWords = {
  necessity: "老人小孩常忘带卡，刷脸可选，不是必须。",
  impact: "泄露后人脸不能更换，影响大；终端不联网，可能性低。",
  measures: "终端密码已更换，机柜上锁。",
  conclusion: "可以继续使用，半年后再看。",
  assessors: "陈主任、王芳",
};
