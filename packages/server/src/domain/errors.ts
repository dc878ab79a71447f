/** Factories of errors that a client may see, and the conversion of anything thrown to one. */

import { ChatError, type ErrorDetails, type SentErrorDetails } from '@parley/protocol';
import type { Mute, Restriction } from '../model/restriction.ts';
import type { SanctionRefusal } from '../model/sanctions.ts';
import { NotStorable, StoreUnavailable } from '../ports/store.ts';

/** Time after which a client retries a command that the store could not execute. */
const STORE_RETRY_SECONDS = 1;

export function toChatError(thrown: unknown): ChatError {
  if (thrown instanceof StoreUnavailable) return unavailable(thrown);
  if (thrown instanceof NotStorable)
    return new ChatError('VALIDATION_ERROR', {}, { cause: thrown });
  return ChatError.from(thrown);
}

/** The error for new content in an archived room. */
export function archived(): ChatError {
  return new ChatError('FORBIDDEN', { message: 'This room is archived' });
}

/** The error for what a muted member writes. */
export function muted({ untilMs, reason }: Mute): ChatError {
  const mutedUntil = new Date(untilMs).toISOString();
  const why = reason === '' ? '' : `: ${reason}`;
  return new ChatError('FORBIDDEN', {
    mutedUntil,
    ...(reason === '' ? {} : { reason }),
    message: `You cannot write in this room until ${mutedUntil}${why}`,
  });
}

/** The error for a user who is banned from a room. */
export function banned({ untilMs, reason }: Restriction): ChatError {
  const bannedUntil = untilMs === undefined ? undefined : new Date(untilMs).toISOString();
  const until = bannedUntil === undefined ? '' : ` until ${bannedUntil}`;
  const why = reason === '' ? '' : `: ${reason}`;
  return new ChatError('FORBIDDEN', {
    ...(bannedUntil === undefined ? {} : { bannedUntil }),
    ...(reason === '' ? {} : { reason }),
    message: `You are banned from this room${until}${why}`,
  });
}

const REFUSALS: Readonly<Record<SanctionRefusal, string>> = {
  'own-sanction': 'You cannot change a restriction of yourself',
  'higher-rank': 'A higher role has made the restriction that is in force, and it stays as it is',
  'ends-later': 'A longer restriction is in force, and it stays as it is',
};

/** The error for a sanction that stays as it is: CONFLICT where another one was wanted, else FORBIDDEN. */
export function sanctionStays(refusal: SanctionRefusal, act: 'set' | 'lift'): ChatError {
  const isConflict = act === 'set' && refusal !== 'own-sanction';
  return new ChatError(isConflict ? 'CONFLICT' : 'FORBIDDEN', { message: REFUSALS[refusal] });
}

/** The command may have been stored: the client retries with the same id. */
export function unavailable(cause?: unknown): ChatError {
  const details = { retryAfterSeconds: STORE_RETRY_SECONDS };
  return new ChatError('UNAVAILABLE', details, { cause });
}

/** The details that are sent as such; undefined if there are none. */
export function sentDetailsOf({
  field: _field,
  retryAfterSeconds: _retryAfterSeconds,
  message: _message,
  ...sent
}: ErrorDetails): SentErrorDetails | undefined {
  return Object.keys(sent).length === 0 ? undefined : sent;
}

/** An act that needs mail, on a server that sends none. */
export function sendsNoMail(): ChatError {
  return new ChatError('FORBIDDEN', { message: 'This server sends no mail' });
}
