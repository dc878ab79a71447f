/**
 * Messages that a user saves for later. Each is looked up when the list is read, which leaves out deleted
 * messages and those of rooms that the user has left: no commit of a message writes to a list.
 */
import { ChatError, type MessageId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import type { Message } from '../../model/message.ts';
import { cutPage, formatTimeCursor, type Page, parseTimeCursor } from '../../model/page.ts';
import { countFitting, messageBytes, PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import { SAVED_MESSAGES_MAX, type SavedMessage } from '../../model/saved-message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { findReadableMessage, findReadableRooms } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { parseTime } from '../primitives/iso-time.ts';
import type { RoomDisplayNames } from '../rooms/room-display-names.ts';

interface SavedMessagesDependencies {
  readonly store: Pick<Store, 'log' | 'rooms' | 'saved'>;
  readonly displayNames: Pick<RoomDisplayNames, 'findAll'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface ShownSaved extends SavedMessage {
  readonly message: Message;
  /** As the user sees it. */
  readonly roomName: string;
}

const PAGE_DEFAULT = 50;
const DAY_MS = 24 * 60 * 60 * 1000;
const REMINDER_MS_MAX = 366 * DAY_MS;

export class SavedMessages {
  readonly #dependencies: SavedMessagesDependencies;

  constructor(dependencies: SavedMessagesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Saves a message, or replaces the reminder of a saved one.
   *
   * @throws {ChatError} NOT_FOUND, also for messages of rooms that the user is no member of; VALIDATION_ERROR for the
   *   time; CONFLICT if the user has saved too many; RATE_LIMITED, UNAVAILABLE.
   */
  async save(
    user: ActingUser,
    {
      messageId,
      remindAt,
    }: { readonly messageId: MessageId; readonly remindAt?: string | undefined },
  ): Promise<SavedMessage> {
    const { store, userLimits, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const savedAtMs = clock.nowMs();
    const remindAtMs = remindAt === undefined ? undefined : toReminder(remindAt, savedAtMs);
    const found = await findReadableMessage(this.#dependencies, user.id, messageId);
    if (found?.role === undefined) throw new ChatError('NOT_FOUND', { field: 'messageId' });
    const { id, roomId } = found.message;
    const max = SAVED_MESSAGES_MAX;
    const wanted = { messageId: id, roomId, savedAtMs, remindAtMs };
    const saved = await store.saved.saveMessage(user.id, wanted, max);
    if (saved !== undefined) return saved;
    const text = `You have saved ${max} messages: remove others first`;
    throw new ChatError('CONFLICT', { message: text });
  }

  /** Has no effect if it is not saved. @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  async remove(user: ActingUser, messageId: MessageId): Promise<void> {
    const { store, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    await store.saved.deleteSaved(user.id, [messageId]);
  }

  /**
   * A page of the saved messages, the one that was saved last first. It may have fewer than the limit, or
   * none, and continue.
   *
   * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, UNAVAILABLE.
   */
  async list(
    { id: userId }: ActingUser,
    {
      after,
      limit = PAGE_DEFAULT,
      reminded = false,
    }: {
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
      /** Only those with a reminder that came. */
      readonly reminded?: boolean | undefined;
    },
  ): Promise<Page<ShownSaved>> {
    const { store } = this.#dependencies;
    const cursor = after === undefined ? undefined : parseTimeCursor(after);
    if (after !== undefined && cursor === undefined) {
      throw new ChatError('VALIDATION_ERROR', { field: 'after' });
    }
    const request = { after: cursor, limit: limit + 1, reminded };
    const rows = await store.saved.listSaved(userId, request);
    const messages = await Promise.all(
      rows.slice(0, limit).map(({ roomId, messageId }) => store.log.readMessage(roomId, messageId)),
    );
    const fitting = countFitting(messages, PAGE_BYTES_MAX, (message) =>
      message === undefined ? 0 : messageBytes(message),
    );
    const { items, ...end } = cutPage(
      rows,
      Math.min(limit, fitting),
      ({ savedAtMs, remindedAtMs, messageId: id }) =>
        formatTimeCursor({ atMs: reminded ? (remindedAtMs ?? 0) : savedAtMs, id }),
    );
    const found = items.flatMap((saved, index) => {
      const message = messages[index];
      return message === undefined || message.isDeleted ? [] : [{ ...saved, message }];
    });
    // Read after the messages: a user who has lost access meanwhile gets nothing stored since.
    const roomIds = found.map(({ roomId }) => roomId);
    const rooms = await findReadableRooms(this.#dependencies, userId, roomIds);
    const shown = found.filter(({ roomId }) => rooms.has(roomId));
    const titles = await this.#dependencies.displayNames.findAll(userId, [...rooms.values()]);
    const gone = items.filter(
      ({ messageId }) => !found.some((each) => each.messageId === messageId),
    );
    if (gone.length > 0) {
      await store.saved.deleteSaved(
        userId,
        gone.map(({ messageId }) => messageId),
      );
    }
    return {
      items: shown.map((each) => ({ ...each, roomName: titles.get(each.roomId)?.title ?? '' })),
      ...end,
    };
  }
}

function toReminder(text: string, nowMs: number): number {
  const remindAtMs = parseTime(text, 'remindAt');
  if (remindAtMs > nowMs && remindAtMs - nowMs <= REMINDER_MS_MAX) return remindAtMs;
  const message = 'remindAt is a time within the next 366 days';
  throw new ChatError('VALIDATION_ERROR', { field: 'remindAt', message });
}
