/** Checks a text before it is sent by a dialect whose texts may be long. */
import { ChatError, isBlank, LIMITS } from '@parley/protocol';
import { codePointCount } from '../content.ts';

/** Trimmed and normalised (NFC), as the server stores it. @throws {ChatError} VALIDATION_ERROR. */
export function checkFlatContent(text: string): string {
  const content = text.trim().normalize('NFC');
  if (!isBlank(content) && codePointCount(content) <= LIMITS.contentLengthMax) return content;
  const message = `A message has 1 to ${LIMITS.contentLengthMax} characters`;
  throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
}
