/** From anything thrown to what a client may be told. */

import { ChatError } from '@parley/protocol';
import { NotStorable, StoreUnavailable } from '../ports/store.ts';

/** How long a client waits before it tries again what the store could not do. */
const STORE_RETRY_SECONDS = 1;

export function toChatError(thrown: unknown): ChatError {
  if (thrown instanceof StoreUnavailable) return unavailable(thrown);
  if (thrown instanceof NotStorable)
    return new ChatError('VALIDATION_ERROR', {}, { cause: thrown });
  return ChatError.from(thrown);
}

/** Of a channel in which nothing new is said. */
export function archived(): ChatError {
  return new ChatError('FORBIDDEN', { message: 'This channel is archived' });
}

/** "Perhaps stored: retry with the same id." */
export function unavailable(cause?: unknown): ChatError {
  const details = { retryAfterSeconds: STORE_RETRY_SECONDS };
  return new ChatError('UNAVAILABLE', details, { cause });
}
