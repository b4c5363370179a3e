/**
 * The browser's other tabs. Browsers allow six connections to one origin: with a stream in each, the seventh tab would
 * hang, and so would every tap. So one tab leads, holds the stream, and passes on what it tells; when it is closed or
 * falls silent another takes over. A browser without BroadcastChannel has a stream in each tab.
 */

export interface Others<T> {
  /** To all the other tabs. */
  pass(told: T): void;
  /** Somebody has entered or left in this tab: the one that holds the stream must know. */
  tellEntry(): void;
}

export interface OthersSettings<T> {
  /** Only tabs that are told the same share a stream. */
  readonly among: string;
  readonly hear: (told: T) => void;
  /** What a tab that has just come must be told to be where this one is. */
  readonly catchUp: () => readonly T[];
  /** This tab is to hold the stream from now on. */
  readonly lead: () => void;
  /** Another tab does. */
  readonly follow: () => void;
  /** Somebody has entered or left in another tab, and this one holds the stream. */
  readonly entry: () => void;
}

interface Claim {
  readonly id: number;
  readonly visible: boolean;
  readonly since: number;
}
type Passed<T> = { readonly claim: Claim } | { readonly gone: true } | { readonly entry: true } | { readonly told: T };

const CLAIM_MS = 1_000;
/** A leader that is silent for longer has died, or sleeps in the background. */
const SILENT_MS = 3_000;

export function openOthers<T>(settings: OthersSettings<T>): Others<T> {
  if (typeof BroadcastChannel !== "function") {
    settings.lead();
    return { pass: () => undefined, tellEntry: () => undefined };
  }
  const channel = new BroadcastChannel(`gatepost-${settings.among}`);
  const id = Math.random();
  const since = Date.now();
  let leads = false;
  let heardAt = 0;

  const mine = (): Claim => ({ id, visible: !document.hidden, since });
  const send = (passed: Passed<T>) => channel.postMessage(passed);

  function begin(): void {
    leads = true;
    send({ claim: mine() });
    settings.lead();
  }

  channel.onmessage = (event: MessageEvent<Passed<T>>) => {
    const passed = event.data;
    if ("told" in passed) {
      if (!leads) settings.hear(passed.told);
      return;
    }
    if ("entry" in passed) {
      if (leads) settings.entry();
      return;
    }
    if ("gone" in passed) {
      // Whoever of the others comes first leads; the later ones hear it.
      heardAt = performance.now() - SILENT_MS + Math.random() * 300;
      return;
    }
    if (leads && goesFirst(mine(), passed.claim)) {
      send({ claim: mine() });
      for (const told of settings.catchUp()) send({ told });
      return;
    }
    heardAt = performance.now();
    if (!leads) return;
    leads = false;
    settings.follow();
  };
  setInterval(() => {
    if (leads) send({ claim: mine() });
  }, CLAIM_MS);
  setInterval(() => {
    if (!leads && performance.now() - heardAt > SILENT_MS) begin();
  }, 100);
  addEventListener("pagehide", () => {
    if (leads) send({ gone: true });
  });
  addEventListener("pageshow", (event) => {
    // Back from the browser's memory: what was led then is led by another now.
    if (event.persisted) heardAt = performance.now() - SILENT_MS + CLAIM_MS;
  });
  begin();
  return {
    pass(told) {
      if (leads) send({ told });
    },
    tellEntry() {
      if (!leads) send({ entry: true });
    },
  };
}

/** A tab that is seen before one that isn't (its timers sleep), the older before the younger. */
function goesFirst(one: Claim, other: Claim): boolean {
  if (one.visible !== other.visible) return one.visible;
  return one.since === other.since ? one.id < other.id : one.since < other.since;
}
