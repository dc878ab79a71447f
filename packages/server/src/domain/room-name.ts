/** Room names: the key by which a room is found, and the name that is shown. */
import { ChatError, isLongerThan, LIMITS } from '@parley/protocol';
import { TEMPORARY_PREFIX } from '../ports/model.ts';

export interface RoomName {
  /** As written, for display only. */
  readonly shown: string;
  /** NFKC, lower case, `-` for whatever is no letter, mark, digit, `-` or `_`. */
  readonly key: string;
}

const NOT_IN_KEYS = /[^\p{L}\p{M}\p{Nd}_-]/gu;
const LETTER_OR_DIGIT = /[\p{L}\p{Nd}]/u;
/** A display name is at most this much longer than its key's limit: NFKC may lengthen or shorten. */
const SHOWN_UNITS_MAX = 200;

/** @throws {ChatError} VALIDATION_ERROR where no key can be made of the name. */
export function toRoomName(written: string, field: string): RoomName {
  const shown = written.trim();
  if (shown.length > SHOWN_UNITS_MAX) throw tooLong(field);
  const key = shown.normalize('NFKC').trim().toLowerCase().replace(NOT_IN_KEYS, '-');
  if (!LETTER_OR_DIGIT.test(key)) {
    throw new ChatError('VALIDATION_ERROR', {
      field,
      message: 'A room name needs at least one letter or digit',
    });
  }
  if (isLongerThan(key, LIMITS.roomNameLengthMax)) throw tooLong(field);
  // Not every store keeps U+0000 and half characters.
  return { shown: shown.replaceAll('\0', '\uFFFD').toWellFormed(), key };
}

/** Rooms of such a name go with their last participant, and with all that was said. */
export function isTemporary(key: string): boolean {
  return key.startsWith(TEMPORARY_PREFIX);
}

function tooLong(field: string): ChatError {
  const message = `A room name has at most ${LIMITS.roomNameLengthMax} characters`;
  return new ChatError('VALIDATION_ERROR', { field, message });
}
