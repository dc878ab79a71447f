/** Reads the history and threads of rooms that a user may read. */

import { ChatError, LIMITS, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { HistoryPage } from '../../model/log-page.ts';
import type { MembershipChange } from '../../model/membership-change.ts';
import type { Message } from '../../model/message.ts';
import type { MessageVersion } from '../../model/message-version.ts';
import type { ThreadState } from '../../model/thread.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';
import { parseTime } from '../primitives/iso-time.ts';
import { findSequenceAt, readAround } from './history-around.ts';

interface HistoryDependencies {
  readonly store: Pick<Store, 'log' | 'rooms' | 'threads'>;
}

export interface HistoryRequest {
  readonly roomId: RoomId;
  /** A sequence of the log, or a message; so are the following. */
  readonly before: number | MessageId | undefined;
  readonly after: number | MessageId | undefined;
  /** A sequence of the log, or a message, in the middle of the page. */
  readonly around?: number | MessageId | undefined;
  /** A date or time in ISO 8601 in the middle of the page. */
  readonly aroundTime?: string | undefined;
  readonly limit: number | undefined;
  /** Whether the page includes gains and ends of memberships. */
  readonly withChanges?: boolean;
}

interface PinsRequest {
  readonly roomId: RoomId;
  /** A sequence of the log, or a message. */
  readonly before: number | MessageId | undefined;
  readonly limit: number | undefined;
}

interface MessagesPage {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
  /** Newer messages exist; only of a page around a position. */
  readonly hasNewer?: boolean;
  /** First message at or after the position, else the newest; undefined in an empty room. */
  readonly anchorSequence?: number;
  /** Gains and ends of memberships between these messages, if requested. */
  readonly changes?: readonly MembershipChange[];
}

/** Sequences. */
interface Bounds {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

type BoundField = 'before' | 'after' | 'around';

export class History {
  readonly #dependencies: HistoryDependencies;

  constructor(dependencies: HistoryDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, UNAVAILABLE. */
  async readMessages(
    { id: userId }: Pick<User, 'id'>,
    request: HistoryRequest,
  ): Promise<MessagesPage> {
    checkBounds(request);
    const { roomId, before, after, limit, around, aroundTime } = request;
    const timeMs = aroundTime === undefined ? undefined : parseTime(aroundTime, 'aroundTime');
    const { log } = this.#dependencies.store;
    const isMessage = typeof before === 'string' || typeof after === 'string';
    if (around === undefined && timeMs === undefined && !isMessage) {
      const page = { roomId, before, after, limit: limit ?? LIMITS.historyPageDefault };
      return this.#readPage(userId, page, request.withChanges);
    }
    return this.#readWhilePermitted(userId, roomId, async () => {
      const read = async (bounds: Bounds, page: Promise<MessagesPage>) =>
        this.#withChanges({ ...bounds, roomId }, await page, request.withChanges);
      if (timeMs !== undefined) {
        const sequence = await findSequenceAt(log, { roomId, timeMs });
        return read({}, readAround(log, { roomId, sequence, limit }));
      }
      if (around !== undefined) {
        const sequence = await this.#toSequence(roomId, around, 'around');
        return read({}, readAround(log, { roomId, sequence, limit }));
      }
      const page = await this.#toPage(request);
      return read(page, log.readHistory(page));
    });
  }

  /**
   * Reads the replies to a message. Replies may exist after retention has deleted their parent.
   *
   * @throws {ChatError} as `readMessages`.
   */
  async readThread(
    { id: userId }: Pick<User, 'id'>,
    { parentId, ...request }: HistoryRequest & { readonly parentId: MessageId },
  ): Promise<MessagesPage & ThreadState & { readonly parent: Message | undefined }> {
    checkBounds(request);
    return this.#readWhilePermitted(userId, request.roomId, async () => {
      const page = await this.#toPage(request);
      const { store } = this.#dependencies;
      const { log } = store;
      // The parent first: its reply count may be lower than the replies read later, but never higher.
      const parent = await log.readMessage(request.roomId, parentId);
      const replies = await log.readHistory({ ...page, parentId });
      if (parent === undefined && replies.messages.length === 0) {
        throw new ChatError('NOT_FOUND', { field: 'messageId' });
      }
      const thread = { roomId: request.roomId, rootId: parentId };
      const [state] = await store.threads.readThreadStates(thread, [userId]);
      const { isFollowing = false, unreadCount = 0 } = state ?? {};
      return { parent, ...replies, isFollowing, unreadCount };
    });
  }

  /**
   * Reads the pinned messages of a room, newest message first.
   *
   * @throws {ChatError} as `readMessages`.
   */
  async readPins(
    { id: userId }: Pick<User, 'id'>,
    { roomId, before, limit = LIMITS.historyPageDefault }: PinsRequest,
  ): Promise<MessagesPage> {
    const page = { roomId, after: undefined, limit, isPinned: true } as const;
    const read =
      typeof before === 'string'
        ? this.#readWhilePermitted(userId, roomId, async () => {
            const sequence = await this.#toSequence(roomId, before, 'before');
            return this.#dependencies.store.log.readHistory({ ...page, before: sequence });
          })
        : this.#readPage(userId, { ...page, before });
    const { messages, hasMore } = await read;
    return { messages: messages.toReversed(), hasMore };
  }

  /**
   * Reads the earlier texts of an edited message, the latest first.
   *
   * @throws {ChatError} as `readMessages`.
   */
  async readVersions(
    { id: userId }: Pick<User, 'id'>,
    { roomId, messageId }: { readonly roomId: RoomId; readonly messageId: MessageId },
  ): Promise<readonly MessageVersion[]> {
    const { log } = this.#dependencies.store;
    return this.#readWhilePermitted(userId, roomId, async () => {
      const message = await log.readMessage(roomId, messageId);
      if (message === undefined) throw new ChatError('NOT_FOUND', { field: 'messageId' });
      return message.isDeleted ? [] : log.readVersions(roomId, message.sequence);
    });
  }

  /**
   * Checks the permission after the read: users who have lost access meanwhile get nothing that was
   * stored since. Without permission the page is dropped.
   */
  async #readPage(userId: UserId, page: HistoryPage, withChanges?: boolean): Promise<MessagesPage> {
    const read = await this.#dependencies.store.log.readHistory(page);
    const messages = await this.#withChanges(page, read, withChanges);
    await findReadable(this.#dependencies, userId, page.roomId);
    return messages;
  }

  /** Each change belongs to one page: to that of the message before it. */
  async #withChanges(
    { roomId, before, after }: Bounds & { readonly roomId: RoomId },
    page: MessagesPage,
    withChanges: boolean | undefined,
  ): Promise<MessagesPage> {
    if (withChanges !== true) return page;
    const { messages, hasMore, hasNewer } = page;
    const first = messages[0]?.sequence ?? 0;
    const last = messages.at(-1)?.sequence ?? 0;
    const isForward = after !== undefined;
    const endsBefore = isForward ? hasMore : hasNewer === true;
    const query = {
      roomId,
      from: after ?? (hasMore ? first : 0),
      to: before === undefined ? (endsBefore ? last - 1 : undefined) : before - 1,
    };
    return { ...page, changes: await this.#dependencies.store.rooms.listMembershipChanges(query) };
  }

  /** Checks it before, too: errors of the read would show what is in the room. */
  async #readWhilePermitted<T>(userId: UserId, roomId: RoomId, read: () => Promise<T>): Promise<T> {
    await findReadable(this.#dependencies, userId, roomId);
    const found = await read();
    await findReadable(this.#dependencies, userId, roomId);
    return found;
  }

  async #toPage({
    roomId,
    before,
    after,
    limit = LIMITS.historyPageDefault,
  }: HistoryRequest): Promise<HistoryPage> {
    const toSequence = (bound: typeof before, field: 'before' | 'after') =>
      bound === undefined ? undefined : this.#toSequence(roomId, bound, field);
    const bounds = {
      before: await toSequence(before, 'before'),
      after: await toSequence(after, 'after'),
    };
    return { roomId, ...bounds, limit };
  }

  async #toSequence(roomId: RoomId, bound: number | MessageId, field: BoundField): Promise<number> {
    return typeof bound === 'number'
      ? bound
      : this.findSequence({ roomId, messageId: bound }, field);
  }

  /**
   * @throws {ChatError} NOT_FOUND with the field that named the message, which all dialects spell
   *   alike.
   */
  async findSequence(
    { roomId, messageId }: { readonly roomId: RoomId; readonly messageId: MessageId },
    field: BoundField | 'messageId',
  ): Promise<number> {
    const { store } = this.#dependencies;
    const message = await store.log.readMessage(roomId, messageId);
    if (message === undefined) throw new ChatError('NOT_FOUND', { field });
    return message.sequence;
  }
}

function checkBounds({ before, after, around, aroundTime }: HistoryRequest): void {
  const bounds = { before, around, aroundTime, after };
  const given = Object.entries(bounds).filter(([, bound]) => bound !== undefined);
  const [, second] = given;
  if (second === undefined) return;
  const names = given.map(([name]) => `'${name}'`).join(' or ');
  const message = `Give ${names}, not both`;
  throw new ChatError('VALIDATION_ERROR', { field: second[0], message });
}
