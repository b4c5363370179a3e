/**
 * The line between the site's gates: one topic for each gate at the site's broker, letters sealed with a key that the
 * gates share. Whatever else comes there is counted and thrown away unread.
 */
import type { Letter } from "../core/shared-terms.ts";
import type { MqttLink, SharedLine } from "../shell/ports.ts";
import { letterJson, readLetter } from "./shared-letter.ts";

export interface SharedLineSettings {
  readonly site: string;
  readonly gate: string;
}

export interface SharedLineDeps {
  readonly link: MqttLink;
  /** With the site's shared key, authenticated. */
  readonly seal: (fields: Readonly<Record<string, unknown>>) => Uint8Array;
  /** Undefined = nobody who has the key wrote this. */
  readonly unseal: (sealed: Uint8Array) => Readonly<Record<string, unknown>> | undefined;
  readonly onRefused: (why: Refused, topic: string) => void;
}

/** `forged` = not by a gate of this site, or under another's name; `unreadable` = by one, perhaps of another version. */
export type Refused = "too-long" | "retained" | "forged" | "unreadable";

/** A letter of ours has some 40 kB, and 30 bytes more for each start of a gate of which something still counts. */
const MOST_BYTES = 256 * 1024;

export function openSharedLine({ site, gate }: SharedLineSettings, deps: SharedLineDeps): SharedLine {
  const { link } = deps;
  const hearers: ((letter: Letter) => void)[] = [];
  const topicOf = (one: string) => `gatepost/v1/site/${site}/shared/${one}`;
  const beginning = topicOf("");

  function open(topic: string, payload: Uint8Array): Letter | Refused {
    if (payload.length > MOST_BYTES) return "too-long";
    const fields = deps.unseal(payload);
    if (fields === undefined) return "forged";
    const { site: of, ...rest } = fields;
    const letter = readLetter(rest);
    if (letter === undefined) return "unreadable";
    return of === site && topic === topicOf(letter.gate) ? letter : "forged";
  }

  link.onMessage(({ topic, payload, retained, settle }) => {
    settle();
    if (!topic.startsWith(beginning)) return;
    const letter = retained ? "retained" : open(topic, payload);
    if (typeof letter === "string") return deps.onRefused(letter, topic);
    for (const hear of hearers) hear(letter);
  });

  return {
    state: link.state,
    onState: link.onState,
    send(letter) {
      if (link.state().is !== "up") return false;
      // Sent in this turn; what gets lost is asked for.
      link.publish(topicOf(gate), deps.seal({ site, ...letterJson(letter) })).catch(() => undefined);
      return true;
    },
    onLetter: (hear) => void hearers.push(hear),
    close: link.close,
  };
}

/** What each gate listens to. */
export const sharedTopics = (site: string): readonly string[] => [`gatepost/v1/site/${site}/shared/+`];
