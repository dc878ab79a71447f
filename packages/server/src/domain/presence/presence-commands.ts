/** `set_presence`: sets how a user appears while connected. */

import { ChatError, isBlank, LIMITS } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { ChosenPresence, OwnStatus } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { parseTime } from '../primitives/iso-time.ts';
import { type TextKind, toLine } from '../primitives/text-validation.ts';
import type { UserPresence } from './user-presence.ts';

interface PresenceCommandsDependencies {
  readonly presence: Pick<UserPresence, 'newChoiceMs' | 'setPresence' | 'describe'>;
  readonly accounts: Pick<AccountStore, 'setChosenPresence'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
}

export interface PresenceRequest {
  readonly status: OwnStatus;
  readonly statusText: string | undefined;
  /** ISO 8601; the user then appears as online, without a text. */
  readonly until?: string | undefined;
}

/** The longest time until a chosen presence ends. */
const UNTIL_MS_MAX = 366 * 24 * 60 * 60 * 1000;

const STATUS_TEXT: TextKind = {
  field: 'statusText',
  noun: 'The status text',
  lengthMax: LIMITS.statusTextLengthMax,
};

/**
 * Sets status and text for all connections of the user, also later ones; users who share a room get
 * it at most once a second.
 *
 * @param chooser A connection, or over HTTP only its user.
 *
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, UNAVAILABLE.
 */
export async function setPresence(
  { presence, accounts, clock, userLimits }: PresenceCommandsDependencies,
  chooser: Pick<ChatConnection, 'user'>,
  request: PresenceRequest,
): Promise<Member | undefined> {
  const { status, statusText = '' } = request;
  const choice: ChosenPresence = {
    status,
    statusText: isBlank(statusText) ? undefined : toLine(statusText, STATUS_TEXT),
    untilMs: request.until === undefined ? undefined : endOf(request.until, clock.nowMs()),
  };
  const { user } = chooser;
  const { id: userId } = user;
  await userLimits.changes.take(userId);
  const chosenAtMs = presence.newChoiceMs(userId);
  await accounts.setChosenPresence({ userId, ...choice, chosenAtMs });
  const shown = presence.setPresence(chooser, { ...choice, chosenAtMs });
  if (shown !== undefined) return shown;
  const [member] = await presence.describe([user], userId);
  // The node to which the user is connected, if there is one, shows the choice soon.
  return member?.status === 'offline' ? member : member && { ...member, ...choice };
}

function endOf(until: string, nowMs: number): number {
  const untilMs = parseTime(until, 'until');
  const leftMs = untilMs - nowMs;
  if (leftMs > 0 && leftMs <= UNTIL_MS_MAX) return untilMs;
  const message = 'until is a time within the next 366 days';
  throw new ChatError('VALIDATION_ERROR', { field: 'until', message });
}
