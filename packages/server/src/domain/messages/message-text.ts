/** Validation of message texts. */
import { toText } from '../primitives/text-validation.ts';

/** @throws {ChatError} VALIDATION_ERROR. */
export function toMessageText(content: string, lengthMax: number): string {
  return toText(content, { field: 'content', noun: 'The message', lengthMax });
}
