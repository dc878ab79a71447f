/**
 * Sends scheduled messages that are due. Every node looks for them; the store gives each to one node. The
 * key of the message is that of its row, which goes when the message is stored: another attempt, after a
 * node was killed or an outcome was lost, finds the message of the first.
 */
import { ChatError, type UserId } from '@parley/protocol';
import {
  keyOfScheduled,
  type ScheduledChange,
  type ScheduledMessage,
  type ScheduledOutcome,
} from '../../model/scheduled-message.ts';
import { isDisabled } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { ConnectionlessSender } from '../direct/connectionless-sender.ts';
import { toChatError } from '../errors.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';

const SEARCH_MS = 2000;
/** Messages of one step. */
const STEP_MAX = 20;
/** Longer than a step takes: until then, no other node sends them. */
const SENDING_MS = 2 * 60_000;
/** Until the next attempt, if the error names no time. */
const RETRY_SECONDS = 30;
/** A message that the limits of its author keep back for longer has failed. */
const KEPT_BACK_MS_MAX = 24 * 60 * 60_000;

interface SendInTimeDependencies {
  readonly store: Pick<Store, 'accounts' | 'scheduled'>;
  readonly connectionless: Pick<ConnectionlessSender, 'send'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'send'>;
  readonly clock: Pick<Clock, 'nowMs' | 'schedule'>;
  readonly logger: Logger;
  readonly background: BackgroundTasks;
}

export function sendInTime(dependencies: SendInTimeDependencies): Repeated {
  const { store, clock } = dependencies;
  return repeated(dependencies, SEARCH_MS, async (run) => {
    while (!run.isClosed) {
      const nowMs = clock.nowMs();
      // A read: an idle server writes nothing.
      if (!(await store.scheduled.hasDueScheduled(nowMs))) return;
      const page = { nowMs, dueAtMs: nowMs + SENDING_MS, limit: STEP_MAX };
      const due = await store.scheduled.takeDueScheduled(page);
      // In their order: two messages of an author may belong together.
      for (const { wasTaken, ...message } of due) await attempt(dependencies, message, wasTaken);
      if (due.length < STEP_MAX) return;
    }
  });
}

async function attempt(
  dependencies: SendInTimeDependencies,
  message: ScheduledMessage,
  wasTaken: boolean,
): Promise<void> {
  const { store, clock } = dependencies;
  const { userId, id } = message;
  const error = await send(dependencies, message);
  const outcome = outcomeOf(error, { message, wasTaken, nowMs: clock.nowMs() });
  await store.scheduled.settleScheduled(userId, id, outcome);
  if (outcome.kind === 'later') return;
  const failure = outcome.kind === 'failed' ? outcome.failure : undefined;
  tellScheduled(dependencies, { ...message, failure }, outcome.kind);
}

/** Under all rules and limits of messages, as they are now. */
async function send(
  { store, connectionless, clock, logger }: SendInTimeDependencies,
  { userId, id, roomId, ...message }: ScheduledMessage,
): Promise<ChatError | undefined> {
  try {
    const account = await store.accounts.findAccount(userId);
    if (account === undefined || isDisabled(account.user, clock.nowMs())) {
      return new ChatError('FORBIDDEN');
    }
    const { content, parentId, alsoToRoom, attachments } = message;
    const place = { to: { roomId }, parentId, alsoToRoom, clientMessageId: keyOfScheduled(id) };
    await connectionless.send(account.user, { ...place, content, attachments });
    return undefined;
  } catch (thrown) {
    const error = toChatError(thrown);
    if (error.code === 'INTERNAL_ERROR') logger.record({ event: 'command.failed', error: thrown });
    return error;
  }
}

function outcomeOf(
  error: ChatError | undefined,
  {
    message,
    wasTaken,
    nowMs,
  }: {
    readonly message: ScheduledMessage;
    readonly wasTaken: boolean;
    readonly nowMs: number;
  },
): ScheduledOutcome {
  if (error === undefined) return { kind: 'sent' };
  const { code, details } = error;
  const isLimited = code === 'RATE_LIMITED' && nowMs - message.sendAtMs < KEPT_BACK_MS_MAX;
  if (code !== 'UNAVAILABLE' && !isLimited) return { kind: 'failed', failure: code };
  const seconds = isLimited ? (details.retryAfterSeconds ?? RETRY_SECONDS) : RETRY_SECONDS;
  // Unavailable: it is perhaps stored, and must stay the same message.
  return { kind: 'later', dueAtMs: nowMs + seconds * 1000, isTaken: wasTaken || !isLimited };
}

/** Tells the author on every node. */
export function tellScheduled(
  dependencies: { readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'send'> },
  { userId, id: scheduledId, roomId, failure }: ScheduledMessage,
  state: ScheduledChange['state'],
): void {
  const change = { scheduledId, roomId, state, failure };
  showScheduled(dependencies, userId, change);
  dependencies.connectedUsers.send(userId, { kind: 'scheduled', change });
}

/** Sends it to the user's connections on this node. */
export function showScheduled(
  { connectedUsers }: { readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf'> },
  userId: UserId,
  change: ScheduledChange,
): void {
  broadcast({ kind: 'scheduled', change }, connectedUsers.connectionsOf(userId));
}
