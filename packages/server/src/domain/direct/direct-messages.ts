/** `direct_message`: sends into the direct room of two users, which it creates if needed. */
import type { ClientMessageId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import type { OnAcknowledged } from '../delivery/log-writer.ts';
import type { MessageRules } from '../messages/message-rules.ts';
import type { MessageSender } from '../messages/message-sender.ts';
import type { Typing } from '../presence/typing.ts';
import { toMessageText } from '../primitives/text-validation.ts';
import {
  type DirectRoomFinder,
  findOpenDirectRoom,
  type UserReference,
} from './direct-room-finder.ts';

interface DirectMessagesDependencies {
  readonly messages: Pick<MessageSender, 'admit' | 'namesHere' | 'submit'>;
  readonly rules: Pick<MessageRules, 'admit'>;
  readonly directRoomFinder: Pick<DirectRoomFinder, 'findOrCreate' | 'findOtherUser'>;
  readonly typing: Pick<Typing, 'stop'>;
}

interface DirectMessageRequest {
  readonly recipient: UserReference;
  readonly content: string;
  /** Maximum number of code points in this dialect. */
  readonly contentLengthMax: number;
  readonly clientMessageId: ClientMessageId | undefined;
}

export class DirectMessages {
  readonly #dependencies: DirectMessagesDependencies;

  constructor(dependencies: DirectMessagesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Sends a message into the direct room with the recipient.
   *
   * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, FORBIDDEN, UNAVAILABLE;
   *   then nothing was stored, and `onAcknowledged` is not called.
   */
  async send(
    connection: ChatConnection,
    request: DirectMessageRequest,
    onAcknowledged: OnAcknowledged,
  ): Promise<void> {
    await this.#dependencies.messages.admit(connection);
    const content = toMessageText(request.content, request.contentLengthMax);
    const { user } = connection;
    const room = await this.#findRoom(connection, request.recipient);
    const { clientMessageId } = request;
    const { messages, typing, rules } = this.#dependencies;
    // Without a turn of the event loop: the messages of a connection keep their order.
    const admitting = rules.admit(user, room, { content, clientMessageId });
    if (admitting !== undefined) await admitting;
    const finding = messages.namesHere(user, room.id, content);
    const here = finding && (await finding);
    typing.stop(connection, { room });
    const defaults = { parentId: undefined, attachments: [] };
    const message = { roomId: room.id, content, clientMessageId, ...defaults, here };
    messages.submit({ user, connection }, message, onAcknowledged);
  }

  /** Asks the store only for a room that is not open on the connection. */
  async #findRoom(connection: ChatConnection, recipient: UserReference): Promise<Room> {
    const { user } = connection;
    const id =
      recipient.kind === 'id'
        ? recipient.id
        : (await this.#dependencies.directRoomFinder.findOtherUser(user, recipient)).id;
    const open = findOpenDirectRoom(connection, id);
    return (
      open?.room ?? (await this.#dependencies.directRoomFinder.findOrCreate(user, recipient)).room
    );
  }
}
