/** Reads a direct room, by its id, for its two users: history, subscription, read marks. */

import { ChatError, type MessageId, type RoomId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { MarkedRead } from '../../model/read-receipt.ts';
import type { Room } from '../../model/room.ts';
import type { LogHead, RoomEvent } from '../../model/room-event.ts';
import type { Position } from '../../model/room-state.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { unavailable } from '../errors.ts';
import type { History, HistoryRequest } from '../messages/history.ts';
import type { ReadReceipts } from '../messages/read-receipts.ts';
import { requireReadPermission } from '../rooms/read-permission.ts';
import type { SnapshotSubscriber } from '../rooms/snapshot-subscriber.ts';
import type { DomainSettings } from '../settings.ts';
import { findReadTimes, findReadTimesFrom } from './direct-read-times.ts';

export interface DirectRoomReaderDependencies {
  readonly settings: Pick<DomainSettings, 'catchUpEventsMax'>;
  readonly store: Pick<Store, 'accounts' | 'log' | 'rooms'>;
  readonly opener: Pick<SnapshotSubscriber, 'open'>;
  readonly history: Pick<History, 'readMessages'>;
  readonly readReceipts: Pick<ReadReceipts, 'markRead'>;
}

export class DirectRoomReader {
  readonly #dependencies: DirectRoomReaderDependencies;

  constructor(dependencies: DirectRoomReaderDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws {ChatError} NOT_FOUND if the room is not a direct room of this user. */
  async find({ id: userId }: Pick<User, 'id'>, roomId: RoomId): Promise<Room> {
    const { store } = this.#dependencies;
    const { room, role } = requireReadPermission(
      await store.rooms.findRoom({ kind: 'id', id: roomId }, userId),
    );
    if (room.kind !== 'direct' || role === undefined) throw new ChatError('NOT_FOUND');
    return room;
  }

  /** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, UNAVAILABLE. */
  async readHistory(
    { id: userId }: User,
    request: HistoryRequest,
  ): Promise<DirectPage & { readonly hasMore: boolean }> {
    const room = await this.find({ id: userId }, request.roomId);
    const page = await this.#dependencies.history.readMessages({ id: userId }, request);
    return {
      room,
      ...page,
      readAtMsOf: await findReadTimes(this.#dependencies, room, userId, page.messages),
    };
  }

  /**
   * Calls `reply` with what was missed since the position, before anything later is sent. The room
   * may be open already; it is open afterwards.
   *
   * @throws {ChatError} NOT_FOUND, UNAVAILABLE.
   */
  async subscribe(
    connection: ChatConnection,
    { roomId, position }: { readonly roomId: RoomId; readonly position: Position | undefined },
    reply: (subscription: DirectSubscription) => void,
  ): Promise<void> {
    const room = await this.find(connection.user, roomId);
    const missed = position && {
      from: position.lastSequence + 1,
      limit: this.#dependencies.settings.catchUpEventsMax,
    };
    const readAtMsOf = await findReadTimesFrom(
      this.#dependencies,
      room,
      connection.user.id,
      missed,
    );
    if (position === undefined && connection.hasOpen(roomId)) {
      const { epoch, firstSequence } = await this.#readHead(connection, roomId);
      const subscription = connection.openRoom(roomId);
      if (subscription === undefined) throw unavailable();
      // The subscription goes on unchanged: the reply delays and repeats nothing.
      const head = { sequence: subscription.position, epoch, firstSequence };
      reply({ room, head, truncated: false, messages: [], events: [], readAtMsOf });
      return;
    }
    let rejection: ChatError | undefined;
    await this.#dependencies.opener.open(connection, [{ room, position }], ([result]) => {
      if (result?.kind !== 'opened') {
        rejection = result?.error;
        return;
      }
      const { head, truncated, history, events } = result.state;
      const messages = position === undefined || truncated ? [] : history;
      reply({ room, head, truncated, messages, events, readAtMsOf });
    });
    if (rejection !== undefined) throw rejection;
  }

  async #readHead({ user }: ChatConnection, roomId: RoomId): Promise<LogHead> {
    const { store } = this.#dependencies;
    const request = { roomId, userId: user.id, position: undefined, bytesMax: 0 };
    const state = await store.log.readRoom({ ...request, historyCount: 0, catchUpMax: 0 });
    if (state === undefined) throw new ChatError('NOT_FOUND');
    return state.head;
  }

  /** @throws {ChatError} NOT_FOUND, UNAVAILABLE. */
  async markRead(
    connection: ChatConnection,
    { messageId, roomId: named }: DirectReadMark,
  ): Promise<MarkedRead & { readonly roomId: RoomId }> {
    const roomId = named ?? (await this.#dependencies.store.log.findRoomOfMessage(messageId));
    if (roomId === undefined) throw new ChatError('NOT_FOUND', { field: 'messageId' });
    await this.find(connection.user, roomId);
    return {
      roomId,
      ...(await this.#dependencies.readReceipts.markRead(connection, { roomId, messageId })),
    };
  }
}

/** Messages of a direct room, and when each was first read by its recipient. */
export interface DirectPage {
  readonly room: Room;
  readonly messages: readonly Message[];
  readonly readAtMsOf: (message: Message) => number | undefined;
}

/** The first reply to a subscriber, and the head that it corresponds to. */
export interface DirectSubscription extends DirectPage {
  readonly head: Pick<LogHead, 'sequence' | 'epoch' | 'firstSequence'>;
  /** Too much was missed: no missed messages are included. */
  readonly truncated: boolean;
  /** Other missed events, as in `RoomState`. */
  readonly events: readonly RoomEvent[];
}

/** A message of a direct room; its room may be given as well. */
export interface DirectReadMark {
  readonly messageId: MessageId;
  readonly roomId: RoomId | undefined;
}
