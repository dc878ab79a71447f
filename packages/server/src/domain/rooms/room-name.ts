/** Room names: the key by which a room is found, and the displayed name. */

import { ChatError, isLongerThan, LIMITS, roomKey, type UserId } from '@parley/protocol';
import { hasControl } from '../../model/control-characters.ts';
import { toSkeleton, withoutInvisible } from '../../model/name-keys.ts';
import { type Room, TEMPORARY_PREFIX } from '../../model/room.ts';
import type { Store } from '../../ports/store.ts';
import { mixesScripts } from '../primitives/confusables.ts';

interface RoomNameDependencies {
  readonly store: Pick<Store, 'rooms'>;
}

export interface RoomName {
  /** As written, for display only. */
  readonly shown: string;
  /**
   * NFKC, lower case, without invisible characters; `-` replaces everything except letters, marks,
   * digits, `-` and `_`.
   */
  readonly key: string;
}

const LETTER_OR_DIGIT = /[\p{L}\p{Nd}]/u;
/**
 * Maximum number of UTF-16 code units of a displayed name: NFKC may lengthen or shorten it, so it
 * may exceed the limit of its key.
 */
const SHOWN_UNITS_MAX = 200;

/** @throws {ChatError} VALIDATION_ERROR if the name has no valid key. */
export function toRoomName(written: string, field: string): RoomName {
  const shown = written.trim();
  if (shown.length > SHOWN_UNITS_MAX) throw tooLong(field);
  const key = roomKey(withoutInvisible(shown));
  if (!LETTER_OR_DIGIT.test(key)) {
    throw invalid(field, 'A room name needs at least one letter or digit');
  }
  if (isLongerThan(key, LIMITS.roomNameLengthMax)) throw tooLong(field);
  // Not every store keeps lone surrogates.
  return { shown: shown.toWellFormed(), key };
}

/** @throws {ChatError} VALIDATION_ERROR for control characters and mixed scripts. */
export function requireReadableName({ shown }: RoomName, field: string): void {
  if (hasControl(shown)) throw invalid(field, 'A room name must not contain control characters');
  if (mixesScripts(shown)) throw invalid(field, 'A word of a room name must not mix scripts');
}

/**
 * Checks the name of a new or renamed room that is found by it.
 *
 * @throws {ChatError} As `requireReadableName`; CONFLICT if the name looks like that of another room of
 *   the workspace.
 */
export async function requireNewName(
  { store }: RoomNameDependencies,
  name: RoomName,
  about: {
    readonly workspaceId: Room['workspaceId'];
    readonly userId: UserId;
    readonly field: string;
  },
): Promise<void> {
  const { workspaceId, userId, field } = about;
  requireReadableName(name, field);
  const nameKey = roomKey(toSkeleton(name.shown));
  if (nameKey === name.key) return;
  const found = await store.rooms.findRoom({ kind: 'key', workspaceId, nameKey }, userId);
  if (found === undefined) return;
  const message = 'This name looks like the name of another room';
  throw new ChatError('CONFLICT', { field, message });
}

/** A private room reserves no name. No name has such a key. */
export function privateKeyOf({ id }: Pick<Room, 'id'>): string {
  return `private:${id}`;
}

/** Rooms with such a name are deleted with their messages when the last user leaves. */
export function isTemporary(key: string): boolean {
  return key.startsWith(TEMPORARY_PREFIX);
}

function tooLong(field: string): ChatError {
  return invalid(field, `A room name has at most ${LIMITS.roomNameLengthMax} characters`);
}

function invalid(field: string, message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field, message });
}
