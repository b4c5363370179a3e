/** Two tones every four seconds, and every third time a voice, for as long as an alarm stands that nobody has seen. */
import { computed, effect, signal } from "@preact/signals";
import { language, say } from "./language.ts";
import { stale, view } from "./link.ts";
import { ALARM, VERDICT } from "./words.ts";

const AGAIN_MS = 4_000;
/** A voice at each tone would leave the guard no quiet to telephone in. */
const VOICE_EVERY = 3;

/** Unseen, oldest first. Of a duress alarm whoever forces the resident must hear nothing. */
const unseen = computed(() =>
  (view.value?.alarms ?? []).filter(({ acknowledgedBy, kind }) => acknowledgedBy === undefined && kind !== "duress"),
);
const ringing = computed(() => !stale.value && unseen.value.length > 0);
const silenced = signal(false);

/** An alarm stands and the browser keeps the sound locked until somebody touches the page: that must be seen. */
export const mute = computed(() => ringing.value && silenced.value);

let audio: AudioContext | undefined;

function tone(context: AudioContext, hertz: number, afterS: number): void {
  const source = context.createOscillator();
  const loudness = context.createGain();
  const at = context.currentTime + afterS;
  source.frequency.value = hertz;
  loudness.gain.setValueAtTime(0.0001, at);
  loudness.gain.exponentialRampToValueAtTime(0.35, at + 0.03);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.38);
  source.connect(loudness);
  loudness.connect(context.destination);
  source.start(at);
  source.stop(at + 0.4);
}

function ring(): void {
  if (typeof AudioContext !== "function") {
    silenced.value = true;
    return;
  }
  audio = audio === undefined ? new AudioContext() : audio;
  silenced.value = audio.state !== "running";
  if (silenced.value) return;
  tone(audio, 880, 0);
  tone(audio, 660, 0.42);
}

/** The newest unseen alarm in words, where the browser has a voice; a missing or foreign voice is none of our trouble. */
function speakUp(): void {
  if (typeof speechSynthesis === "undefined" || typeof SpeechSynthesisUtterance !== "function") return;
  const alarm = unseen.peek()[unseen.peek().length - 1];
  if (alarm === undefined || speechSynthesis.speaking) return;
  const lane = view.peek()?.lanes.find(({ id }) => id === alarm.lane)?.name ?? "";
  const words = new SpeechSynthesisUtterance(`${say(VERDICT.alarm)}，${lane}，${say(ALARM[alarm.kind])}`);
  words.lang = language.peek() === "zh" ? "zh-CN" : "en-GB";
  words.rate = 0.9;
  speechSynthesis.speak(words);
}

function unlock(): void {
  if (audio === undefined || audio.state === "running") return;
  void audio.resume().then(() => {
    if (ringing.peek()) ring();
  });
}

/** Listens for alarms, and for the first touch that lets the browser make a sound. */
export function beginSound(): void {
  document.addEventListener("pointerdown", unlock);
  document.addEventListener("keydown", unlock);
  effect(() => {
    if (!ringing.value) return;
    let rung = 0;
    const again = () => {
      ring();
      if (rung % VOICE_EVERY === 0) speakUp();
      rung += 1;
    };
    again();
    const timer = setInterval(again, AGAIN_MS);
    return () => {
      clearInterval(timer);
      if (typeof speechSynthesis !== "undefined") speechSynthesis.cancel();
    };
  });
}
