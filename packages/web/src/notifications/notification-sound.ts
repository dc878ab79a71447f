/** A short sound for a new message, made by the browser. Loaded on the first use. */

const LOCK = 'parley.sound';
/** One tab plays: the others find the lock taken for this long. A page over plain HTTP has no locks. */
const LOCK_HELD_MS = 1_000;
const TONES_HZ = [660, 880] as const;
const TONE_SECONDS = 0.12;
const VOLUME = 0.15;

export async function playNotificationSound(): Promise<void> {
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return play();
  await locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock === null) return;
    play();
    await new Promise((resolve) => setTimeout(resolve, LOCK_HELD_MS));
  });
}

/** Two tones, each of which fades out, so that nothing clicks. */
function play(): void {
  const context = new AudioContext();
  const start = context.currentTime;
  for (const [index, frequency] of TONES_HZ.entries()) {
    const from = start + index * TONE_SECONDS;
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(VOLUME, from);
    gain.gain.exponentialRampToValueAtTime(0.001, from + TONE_SECONDS);
    tone.connect(gain).connect(context.destination);
    tone.start(from);
    tone.stop(from + TONE_SECONDS);
    if (index === TONES_HZ.length - 1) tone.onended = () => void context.close();
  }
}
