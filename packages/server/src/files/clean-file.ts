/** Removes what films, sound and pictures that are not written again hold beside what is shown and heard. */
import { cleanBoxes } from './clean-boxes.ts';
import { cleanTiff } from './clean-tiff.ts';
import { FileInPlace } from './file-in-place.ts';

const CLEANERS: Readonly<Record<string, (file: FileInPlace) => void>> = {
  'image/heic': cleanBoxes,
  'image/heif': cleanBoxes,
  'image/avif': cleanBoxes,
  'video/mp4': cleanBoxes,
  'video/quicktime': cleanBoxes,
  'audio/mp4': cleanBoxes,
  'image/tiff': cleanTiff,
};

export function isCleaned(type: string): boolean {
  return CLEANERS[type] !== undefined;
}

/** In its place. @throws if it is damaged, or of a kind from which nothing can be removed. */
export function cleanFile(path: string, type: string): void {
  const file = new FileInPlace(path);
  try {
    CLEANERS[type]?.(file);
  } finally {
    file.close();
  }
}
