/** The waves of sounds: decoded when they are first in view, and kept while the page is open. */
import { type RefObject, useEffect, useState } from 'react';
import { peaksOf } from './peaks.ts';
import { fileAddress } from './server-file.ts';

export interface SoundWave {
  readonly seconds: number;
  /** From 0 to 1. */
  readonly peaks: readonly number[];
}

/** Minutes of speech. A decoded sound has 32 kB per second of it. */
export const WAVE_BYTES_MAX = 1_000_000;
const PEAKS = 72;
const RATE = 8_000;
const KEPT_MAX = 200;

const waves = new Map<string, Promise<SoundWave | undefined>>();

/** Undefined until the element was in view, and if the sound cannot be decoded. */
export function useSoundWave(
  place: RefObject<Element | null>,
  fileId: string,
): SoundWave | undefined {
  const [wave, setWave] = useState<SoundWave>();
  useEffect(() => {
    let isGone = false;
    const show = (found: SoundWave | undefined): void => {
      if (!isGone) setWave(found);
    };
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      void waveOf(fileId).then(show);
    });
    if (place.current !== null) observer.observe(place.current);
    return () => {
      isGone = true;
      observer.disconnect();
    };
  }, [place, fileId]);
  return wave;
}

function waveOf(fileId: string): Promise<SoundWave | undefined> {
  const known = waves.get(fileId);
  if (known !== undefined) return known;
  if (waves.size >= KEPT_MAX) waves.clear();
  const loading = load(fileId).catch(() => {
    // It is tried again when it is shown again.
    waves.delete(fileId);
    return undefined;
  });
  waves.set(fileId, loading);
  return loading;
}

async function load(fileId: string): Promise<SoundWave> {
  const answer = await fetch(fileAddress(fileId));
  if (!answer.ok) throw new Error(`The sound is not available: ${answer.status}`);
  const decoder = new OfflineAudioContext(1, 1, RATE);
  const sound = await decoder.decodeAudioData(await answer.arrayBuffer());
  return { seconds: sound.duration, peaks: peaksOf(sound.getChannelData(0), PEAKS) };
}
