/** Read positions: moves them, sends them to the room, and finds the readers of messages. */

import { ChatError, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { MarkedRead, ReadPosition } from '../../model/read-receipt.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomNotice, RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import type { Throttle } from '../primitives/throttle.ts';
import type { DomainSettings } from '../settings.ts';
import { findPrivateReader } from './blocked-read-receipts.ts';
import type { History } from './history.ts';

interface ReadReceiptsDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'>;
  readonly presence: Pick<UserPresence, 'isHiddenIn' | 'loadConsent'>;
  readonly throttle: Pick<Throttle, 'run'>;
  readonly userLimits: Pick<UserRateLimits, 'readMarks'>;
  readonly history: Pick<History, 'findSequence'>;
}

/** Maximum number of users in a room to which read positions are sent. */
const READERS_NOTIFIED_MAX = 50;
/** Maximum number of users that one message lists as its readers. */
const READERS_LISTED_MAX = 100;

/** The position up to which a room is read: a sequence of its log, or a message. */
type ReadMark =
  | { readonly roomId: RoomId; readonly sequence: number }
  | { readonly roomId: RoomId; readonly messageId: MessageId };

/** A connection, or over HTTP only its user. */
type Sender = Pick<ChatConnection, 'user'>;

export class ReadReceipts {
  readonly #dependencies: ReadReceiptsDependencies;

  constructor(dependencies: ReadReceiptsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Moves the user's read position and sends it to the room. In a direct room with a block it
   * goes to the user's own other connections only.
   *
   * @throws {ChatError} NOT_FOUND; FORBIDDEN for users who are not members; UNAVAILABLE.
   */
  async markRead(connection: Sender, mark: ReadMark): Promise<MarkedRead> {
    const { roomId } = mark;
    const { user } = connection;
    await this.#dependencies.userLimits.readMarks.take(user.id);
    const { room } = await findReadable(this.#dependencies, user.id, roomId);
    const sequence =
      'sequence' in mark
        ? mark.sequence
        : await this.#dependencies.history.findSequence(mark, 'messageId');
    const atMs = this.#dependencies.clock.nowMs();
    const marked = await this.#dependencies.store.rooms.markRead(roomId, user.id, {
      sequence,
      atMs,
    });
    if (marked === undefined) throw new ChatError('FORBIDDEN');
    await this.#broadcastReadPosition(connection, { room, isRead: true, ...marked });
    return marked;
  }

  /**
   * Finds the readers of each message, its author first, without those that a block hides, and those
   * of a direct room who have not answered a stranger.
   * All messages of a page use the same snapshot of positions. The caller has checked that the
   * user may read the room.
   */
  async findReaders(
    { id: userId }: Pick<User, 'id'>,
    {
      roomId,
      messages,
    }: { readonly roomId: RoomId; readonly messages: readonly Pick<Message, 'sequence'>[] },
  ): Promise<(message: Pick<Message, 'sequence' | 'userId'>) => UserId[]> {
    const { store, settings } = this.#dependencies;
    if (messages.length === 0) return () => [];
    const lowest = Math.min(...messages.map(({ sequence }) => sequence));
    // The furthest positions come first: their users have read most of the messages.
    const readers = await store.rooms.listReaders(roomId, lowest, READERS_LISTED_MAX);
    const ids = readers.map((reader) => reader.userId);
    const asksByDefault = settings.askBeforeStrangers;
    const [blocked, unanswered] = await Promise.all([
      store.accounts.listBlockedBetween(userId, ids),
      store.invitations.listHiddenInDirectRooms([roomId], asksByDefault),
    ]);
    const hidden = new Set([...blocked, ...(unanswered.get(roomId) ?? [])]);
    hidden.delete(userId);
    return ({ sequence, userId: authorId }) => {
      const others = readers
        .filter((reader) => reader.sequence >= sequence)
        .map((reader) => reader.userId)
        .filter((id) => !hidden.has(id) && id !== authorId);
      // An author has read, also one who has left or whom a hundred others have passed.
      return [authorId, ...others].slice(0, READERS_LISTED_MAX);
    };
  }

  /** Large rooms are left out: read positions are of little use there. */
  async #broadcastReadPosition(
    connection: Sender,
    {
      room,
      isRead,
      position,
      ...read
    }: MarkedRead & { readonly room: Room; readonly isRead: boolean },
  ): Promise<void> {
    const { streams, throttle } = this.#dependencies;
    const { id: roomId } = room;
    const { id: userId, username } = connection.user;
    const isBlocked = (await findPrivateReader(this.#dependencies, room, userId)) !== undefined;
    const about = { userId, username, sequence: position.sequence, ...read };
    const notice = { kind: 'read-position', ...about, isRead, isPrivate: isBlocked } as const;
    // The key includes `hasMoved`, so that an unmoved position never replaces a moved one.
    throttle.run(`read ${roomId} ${userId} ${read.hasMoved}`, () => {
      const stream = streams.get(roomId);
      if ((stream?.participants.count ?? 0) > READERS_NOTIFIED_MAX) return;
      if (stream !== undefined) this.show(stream, notice, connection);
      if (isRead && !isBlocked) stream?.participants.noteOwnRead(notice);
      streams.send(roomId, notice);
    });
  }

  /** Sends a user's read position to the connections that have the room open, except to one. */
  show(
    stream: ConnectionStream,
    notice: Extract<RoomNotice, { readonly kind: 'read-position' }>,
    except?: Sender,
  ): void {
    const { presence } = this.#dependencies;
    if (stream.participants.count > READERS_NOTIFIED_MAX) return;
    const { isRead, isPrivate, userId, messageId, ...position } = notice;
    const event = { ...position, roomId: stream.room.id, userId, messageId };
    const others = [...stream.connections()].filter(
      (other) =>
        other !== except &&
        !(isPrivate && other.user.id !== userId) &&
        !presence.isHiddenIn(stream.room, userId, other.user.id),
    );
    // For connections that missed the event.
    if (isRead && !isPrivate) stream.participants.readPositions.note({ ...event, hasMoved: true });
    broadcast(event, others);
  }

  /**
   * Marks a room as unread until it is next marked as read. The position does not change; it is
   * sent as when a room is marked as read again. The list of rooms shows the mark.
   *
   * @throws {ChatError} NOT_FOUND; FORBIDDEN for users who are not members; UNAVAILABLE.
   */
  async markUnread(connection: Sender, roomId: RoomId): Promise<ReadPosition> {
    const { user } = connection;
    await this.#dependencies.userLimits.readMarks.take(user.id);
    const { room } = await findReadable(this.#dependencies, user.id, roomId);
    const { rooms } = this.#dependencies.store;
    // A position below the first event moves nothing, and returns the current position.
    const atMs = this.#dependencies.clock.nowMs();
    const marked = await rooms.markRead(roomId, user.id, { sequence: 0, atMs });
    if (marked === undefined || !(await rooms.markUnread(roomId, user.id))) {
      throw new ChatError('FORBIDDEN');
    }
    await this.#broadcastReadPosition(connection, { room, isRead: false, ...marked });
    return marked.position;
  }
}
