/** Messages that a user sends later: written, listed, changed and cancelled. `send-in-time.ts` sends them. */
import { type Attachment, ChatError, type MessageId, type RoomId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import {
  SCHEDULED_MESSAGES_MAX,
  type ScheduledEdit,
  type ScheduledMessage,
} from '../../model/scheduled-message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { findReadable, requireReadPermission } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { AttachedFiles } from '../files/attached-files.ts';
import { checkPlace } from '../messages/message-sender.ts';
import { parseTime } from '../primitives/iso-time.ts';
import { toContent } from '../primitives/text-validation.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';
import type { DomainSettings } from '../settings.ts';
import { tellScheduled } from './send-in-time.ts';

interface ScheduledMessagesDependencies {
  readonly settings: Pick<DomainSettings, 'contentLengthMax'>;
  readonly store: Pick<Store, 'rooms' | 'scheduled'>;
  readonly attachedFiles: Pick<AttachedFiles, 'describe'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'send'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface ShownScheduled extends ScheduledMessage {
  /** As the user sees it; empty if the user cannot read the room now. */
  readonly roomName: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const AHEAD_MS_MAX = 366 * DAY_MS;

export class ScheduledMessages {
  readonly #dependencies: ScheduledMessagesDependencies;

  constructor(dependencies: ScheduledMessagesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Schedules a message. Whether the user may write is decided when it is sent; its files are held until then.
   *
   * @throws {ChatError} VALIDATION_ERROR; NOT_FOUND, FORBIDDEN for the room; NOT_FOUND for files that no message of
   *   the user can take; CONFLICT if the user has scheduled too many, or another message under the key;
   *   RATE_LIMITED, UNAVAILABLE.
   */
  async schedule(
    user: ActingUser,
    request: {
      readonly roomId: RoomId;
      readonly content: string;
      readonly sendAt: string;
      readonly parentId: MessageId | undefined;
      readonly alsoToRoom?: boolean | undefined;
      /** Validated by their schema. */
      readonly attachments: readonly Attachment[];
      readonly clientMessageId: string | undefined;
    },
  ): Promise<ScheduledMessage> {
    const { store, userLimits, clock, secrets, settings, attachedFiles } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const { roomId, parentId, alsoToRoom = false, clientMessageId } = request;
    const { role } = await findReadable(this.#dependencies, user.id, roomId);
    if (role === undefined) throw new ChatError('FORBIDDEN', { field: 'roomId' });
    const content = toContent(request, settings.contentLengthMax);
    checkPlace(request);
    const attachments = await attachedFiles.describe(user.id, request.attachments);
    const createdAtMs = clock.nowMs();
    const sendAtMs = toSendTime(request.sendAt, createdAtMs);
    if (sendAtMs <= createdAtMs) throw outOfRange();
    // Under the key of the request: one that is repeated schedules, and sends, one message.
    const id = clientMessageId ?? secrets.newId();
    const message = { roomId, parentId, alsoToRoom, content, attachments };
    const wanted = { ...message, userId: user.id, id, createdAtMs, sendAtMs };
    const scheduled = await store.scheduled.insertScheduled(wanted, SCHEDULED_MESSAGES_MAX);
    if (scheduled === 'no-files') throw noFiles();
    if (scheduled === undefined) {
      const message = `You have scheduled ${SCHEDULED_MESSAGES_MAX} messages: cancel others first`;
      throw new ChatError('CONFLICT', { message });
    }
    if (identityOf(scheduled) !== identityOf(wanted)) {
      throw new ChatError('CONFLICT', { field: 'clientMessageId' });
    }
    tellScheduled(this.#dependencies, scheduled, 'waiting');
    return scheduled;
  }

  /** Those of the user, the next one first. @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  async list({ id: userId }: ActingUser): Promise<readonly ShownScheduled[]> {
    const { store, displayNames } = this.#dependencies;
    const rows = await store.scheduled.listScheduled(userId);
    const ids = [...new Set(rows.map(({ roomId }) => roomId))];
    const found = await Promise.all(
      ids.map((id) => store.rooms.findRoom({ kind: 'id', id }, userId)),
    );
    const rooms = found.flatMap((each) => {
      try {
        return [requireReadPermission(each).room];
      } catch {
        return [];
      }
    });
    const titles = await displayNames.findAll(userId, rooms);
    return rows.map((row) => ({ ...row, roomName: titles.get(row.roomId)?.title ?? '' }));
  }

  /**
   * Changes the text, the attachments, or the time; a time that has passed sends it now. A failed message is sent
   * again only with a time.
   *
   * @throws {ChatError} VALIDATION_ERROR; NOT_FOUND for it, or for files that no message of the user can take;
   *   CONFLICT if it is being sent; RATE_LIMITED, UNAVAILABLE.
   */
  async change(
    user: ActingUser,
    id: string,
    request: {
      readonly content?: string | undefined;
      readonly attachments?: readonly Attachment[] | undefined;
      readonly sendAt?: string | undefined;
    },
  ): Promise<ScheduledMessage> {
    const { store, userLimits, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const nowMs = clock.nowMs();
    const { sendAt } = request;
    const sendAtMs = sendAt === undefined ? undefined : toSendTime(sendAt, nowMs);
    const edit = { ...(await this.#toEdit(user, id, request)), sendAtMs };
    const changed = await store.scheduled.changeScheduled(user.id, id, edit, nowMs);
    if (changed === undefined) throw notFound();
    if (changed === 'taken') throw beingSent();
    if (changed === 'no-files') throw noFiles();
    tellScheduled(
      this.#dependencies,
      changed,
      changed.failure === undefined ? 'waiting' : 'failed',
    );
    return changed;
  }

  /** Text and attachments belong together: a message without both is empty. */
  async #toEdit(
    { id: userId }: ActingUser,
    id: string,
    { content, attachments }: Parameters<ScheduledMessages['change']>[2],
  ): Promise<Pick<ScheduledEdit, 'content' | 'attachments'>> {
    if (content === undefined && attachments === undefined) {
      return { content: undefined, attachments: undefined };
    }
    const { store, settings, attachedFiles } = this.#dependencies;
    const known = await store.scheduled.findScheduled(userId, id);
    if (known === undefined) throw notFound();
    const whole = {
      content: content ?? known.content,
      attachments: attachments ?? known.attachments,
    };
    return {
      content: toContent(whole, settings.contentLengthMax),
      attachments: attachments && (await attachedFiles.describe(userId, attachments)),
    };
  }

  /** Has no effect if there is none. @throws {ChatError} CONFLICT if it is being sent; RATE_LIMITED, UNAVAILABLE. */
  async cancel(user: ActingUser, id: string): Promise<void> {
    const { store, userLimits, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const cancelled = await store.scheduled.cancelScheduled(user.id, id, clock.nowMs());
    if (cancelled === 'taken') throw beingSent();
    if (cancelled !== undefined) tellScheduled(this.#dependencies, cancelled, 'cancelled');
  }
}

function identityOf(message: Omit<ScheduledMessage, 'failure'>): string {
  const { roomId, content, attachments } = message;
  return JSON.stringify([roomId, content, attachments]);
}

function toSendTime(text: string, nowMs: number): number {
  const sendAtMs = parseTime(text, 'sendAt');
  if (sendAtMs - nowMs <= AHEAD_MS_MAX) return sendAtMs;
  throw outOfRange();
}

function outOfRange(): ChatError {
  const message = 'sendAt is a time within the next 366 days';
  return new ChatError('VALIDATION_ERROR', { field: 'sendAt', message });
}

function notFound(): ChatError {
  return new ChatError('NOT_FOUND', { field: 'scheduledId' });
}

/** As for a message that is sent now. */
function noFiles(): ChatError {
  return new ChatError('NOT_FOUND', { field: 'attachments' });
}

function beingSent(): ChatError {
  return new ChatError('CONFLICT', { message: 'The message is being sent' });
}
