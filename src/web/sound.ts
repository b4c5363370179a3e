/** Two tones every four seconds for as long as an alarm stands that nobody has seen. */
import { computed, effect, signal } from "@preact/signals";
import { stale, view } from "./link.ts";

const AGAIN_MS = 4_000;

const ringing = computed(
  () => !stale.value && (view.value?.alarms ?? []).some((alarm) => alarm.acknowledgedBy === undefined),
);
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
    ring();
    const timer = setInterval(ring, AGAIN_MS);
    return () => clearInterval(timer);
  });
}
