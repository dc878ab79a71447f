/** `set_presence`: how a person wants to be seen while connected. */
import { ChatError, LIMITS } from '@parley/protocol';
import type { Member } from '../ports/chat-event.ts';
import type { ChatConnection } from './connection.ts';
import type { Parts } from './parts.ts';

export interface PresenceRequest {
  readonly status: 'online' | 'away' | 'busy';
  readonly statusText: string | undefined;
}

/**
 * Sets status and text for all connections of the person; those who share a room
 * hear of it, at most once a second.
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export function setPresence(
  { people }: Parts,
  connection: ChatConnection,
  { status, statusText }: PresenceRequest,
): Member | undefined {
  const text = statusText?.trim().normalize('NFC') ?? '';
  const isLong =
    text.length > LIMITS.statusTextLengthMax * 2 || [...text].length > LIMITS.statusTextLengthMax;
  if (isLong || !text.isWellFormed()) {
    const message = `A status text has at most ${LIMITS.statusTextLengthMax} characters`;
    throw new ChatError('VALIDATION_ERROR', { field: 'statusText', message });
  }
  return people.setPresence(connection, { status, statusText: text === '' ? undefined : text });
}
