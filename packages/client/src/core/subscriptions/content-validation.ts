/** Checks a text for a dialect with a higher length limit. */
import { ChatError, isBlank, LIMITS, normalizeText } from '@parley/protocol';

/** Trims and normalises (NFC) as the server does. @throws {ChatError} VALIDATION_ERROR. */
export function checkFlatContent(text: string): string {
  const normalized = normalizeText(text, LIMITS.contentLengthMax);
  if (normalized.kind === 'ok' && !isBlank(normalized.text)) return normalized.text;
  const message =
    normalized.kind === 'too-many-marks'
      ? 'The message has too many combining marks in a row'
      : `A message has 1 to ${LIMITS.contentLengthMax} characters`;
  throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
}
