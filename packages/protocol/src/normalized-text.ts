/** Normalises texts to the form in which server and clients compare and store them. */

/**
 * UAX #15, stream-safe text format. No language has longer runs, and sorting their marks takes
 * quadratic time.
 */
const MARKS_IN_A_ROW_MAX = 30;

const MARKS = /\p{M}+/gu;
const LONG_RUN_OF_MARKS = new RegExp(`\\p{M}{${MARKS_IN_A_ROW_MAX + 1}}`, 'u');

export type NormalizedText =
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'too-many-marks' };

/**
 * Trims and normalizes (NFC) a text of at most `lengthMax` code points. Texts
 * above twice the limit or with too many marks in a row are rejected before the normalization.
 */
export function normalizeText(written: string, lengthMax: number): NormalizedText {
  const trimmed = written.trim();
  if (isLongerThan(trimmed, lengthMax * 2)) return { kind: 'too-long' };
  if (LONG_RUN_OF_MARKS.test(trimmed)) return { kind: 'too-many-marks' };
  const text = trimmed.normalize('NFC');
  return isLongerThan(text, lengthMax) ? { kind: 'too-long' } : { kind: 'ok', text };
}

/** Whether a text has more than this number of code points. Stops counting at the limit. */
export function isLongerThan(text: string, codePoints: number): boolean {
  if (text.length <= codePoints) return false;
  if (text.length > codePoints * 2) return true;
  let counted = 0;
  for (const _ of text) {
    counted += 1;
    if (counted > codePoints) return true;
  }
  return false;
}

/** Keeps only the first marks of each run, for texts that cannot be rejected. */
export function withoutLongRuns(text: string): string {
  return text.replaceAll(MARKS, (run) =>
    isLongerThan(run, MARKS_IN_A_ROW_MAX) ? [...run].slice(0, MARKS_IN_A_ROW_MAX).join('') : run,
  );
}
