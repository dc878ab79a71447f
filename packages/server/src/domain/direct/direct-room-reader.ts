/** Finds a direct room by its id for one of its users, reads its history and sets read marks. */

import { ChatError, type MessageId, type RoomId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { MarkedRead } from '../../model/read-receipt.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import { requireReadPermission } from '../core/read-permission.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { History, HistoryRequest } from '../messages/history.ts';
import { findReadTimes, type ReadTimesDependencies } from '../messages/message-read-times.ts';
import type { ReadReceipts } from '../messages/read-receipts.ts';

interface DirectRoomReaderDependencies {
  readonly store: Pick<Store, 'accounts' | 'log' | 'rooms'>;
  readonly presence: ReadTimesDependencies['presence'];
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

/** A message of a direct room; its room may be given as well. */
interface DirectReadMark {
  readonly messageId: MessageId;
  readonly roomId: RoomId | undefined;
}
