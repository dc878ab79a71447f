/** A connection at `/ws/chat` or `/messagepal`: the fake server in the words of these dialects. */
import type {
  ChatMessagePayload,
  ClientFrame,
  ClientMessageId,
  RoomId,
  RoomSnapshot,
  ServerFrame,
  ServerFrames,
  ServerFrameType,
  UserPayload,
} from '@parley/protocol';
import { CHANNELS } from '../core/flat/channels.ts';
import { DIRECT } from '../core/flat/direct.ts';
import { toMessage } from '../core/messages/message.ts';
import { FakeConnection, type FakeHost } from './fake-connection.ts';
import type { FakeSocket } from './fake-environment.ts';
import type { FakeRoom } from './fake-room.ts';

/** Commands of both dialects, by their names in the native one. */
const COMMANDS: Readonly<Record<string, ClientFrame['type']>> = Object.freeze({
  join_channel: 'join_room',
  subscribe: 'join_room',
  leave_channel: 'leave_room',
  unsubscribe: 'leave_room',
  send_message: 'chat_message',
  fetch_history: 'get_history',
  mark_read: 'mark_read',
  ping: 'heartbeat',
});

/** Fields that have other names in the native dialect, or none. */
interface Command {
  readonly type: string;
  readonly channelId?: RoomId;
  readonly conversationId?: RoomId;
  readonly recipientId?: string;
  readonly messageId?: string;
  readonly clientMessageId?: ClientMessageId;
  readonly replyTo?: string;
  readonly lastSequence?: number;
  readonly epoch?: string;
  readonly lastId?: string;
}

export class FakeFlatConnection extends FakeConnection {
  readonly #isChat: boolean;
  /** The command that is being answered. */
  #command: Command | undefined;

  constructor(host: FakeHost, socket: FakeSocket, path: string) {
    super(host, socket);
    this.#isChat = path === CHANNELS.path;
  }

  /** Direct conversations arrive without a subscription. */
  override follows(room: FakeRoom): boolean {
    return super.follows(room) || (!this.#isChat && room.person !== undefined);
  }

  override openDirect(): void {}

  override onText(text: string): void {
    // Written by the client.
    const command = JSON.parse(text) as Command;
    const { type, channelId, conversationId, recipientId, messageId = '' } = command;
    const { lastSequence, epoch, lastId } = command;
    const roomId = channelId ?? conversationId;
    const room = roomId && this.host.findRoom(roomId);
    const isMissing = roomId !== undefined && room === undefined;
    const code = this.host.takeRejection(type) ?? (isMissing ? 'NOT_FOUND' : undefined);
    const native = recipientId && type === 'send_message' ? 'direct_message' : COMMANDS[type];
    // A command reads the fields that it has.
    const payload = {
      ...{ ...command, roomId, create: false, parentMessageId: command.replyTo },
      ...{
        rooms: [{ roomId, lastSequence, epoch, lastId }],
        sequence: room?.find(messageId)?.sequence ?? 0,
      },
    };
    const frame = { type: lastSequence === undefined ? native : 'resume', payload } as ClientFrame;
    this.#command = command;
    if (code === undefined) this.host.run(frame, this);
    else this.reject(frame, code);
    this.#command = undefined;
  }

  override send<T extends ServerFrameType>(type: T, payload: ServerFrames[T]): void {
    // Type and payload belong together.
    const frames = this.#framesOf({ type, payload } as unknown as ServerFrame);
    for (const frame of frames) this.socket.deliver(frame);
  }

  #framesOf({ type, payload }: ServerFrame): readonly object[] {
    switch (type) {
      case 'connection_established': {
        const { id: userId, username } = payload.user;
        return [{ type: 'connected', userId, username, role: 'member' }];
      }
      case 'room_joined':
        return [this.#joined(payload)];
      case 'resumed':
        return payload.rooms.flatMap((room) => ('error' in room ? [] : this.#caughtUp(room)));
      case 'chat_message':
        return [this.#message(payload)];
      case 'message_ack': {
        const stored = this.host.findRoom(payload.roomId)?.find(payload.id);
        if (stored === undefined) return [];
        const sent = this.#isChat ? { type: 'message_sent' } : {};
        return [{ ...this.#message(stored), clientMessageId: payload.clientMessageId, ...sent }];
      }
      case 'message_edited':
      case 'message_deleted':
      case 'user_typing':
        return [{ ...payload, ...this.#place(payload.roomId), type }];
      case 'read_position': {
        const { roomId, userId, sequence } = payload;
        const { id: messageId } =
          this.host.findRoom(roomId)?.messages.find((each) => each.sequence === sequence) ?? {};
        const readAt = this.#isChat ? undefined : this.host.now();
        return [{ type: 'message_read', ...this.#place(roomId), messageId, userId, readAt }];
      }
      case 'history': {
        const messages = payload.messages.map((each) => this.#wire(each));
        return [{ ...payload, ...this.#place(payload.roomId), messages, type: 'history_response' }];
      }
      case 'heartbeat':
        return [{ type: 'pong' }];
      case 'error': {
        const {
          type: originalType,
          channelId,
          conversationId,
          clientMessageId,
        } = this.#command ?? {};
        const subject = { originalType, channelId, conversationId, clientMessageId };
        return [{ ...payload, ...subject, type }];
      }
      default:
        return [];
    }
  }

  /** The missed events come before the answer. */
  #caughtUp(room: RoomSnapshot): readonly object[] {
    const messages = room.history.map((each) => this.#message(each));
    const changes = room.events.flatMap((each) => this.#framesOf(each as ServerFrame));
    return [...(room.truncated ? [] : [...messages, ...changes]), this.#joined(room)];
  }

  #joined({ roomId, headSequence, epoch, truncated }: RoomSnapshot): object {
    const type = this.#isChat ? 'joined_channel' : 'subscribed';
    return { type, ...this.#place(roomId), headSequence, epoch, truncated };
  }

  #message(message: ChatMessagePayload): object {
    return {
      type: this.#isChat ? 'new_message' : 'message_received',
      message: this.#wire(message),
    };
  }

  #wire(message: ChatMessagePayload): object {
    const { findRoom, me } = this.host;
    return wireOf(message, this.#isChat ? undefined : findRoom(message.roomId), me);
  }

  #place(roomId: RoomId): object {
    return this.#isChat ? { channelId: roomId } : { conversationId: roomId };
  }
}

/** @param conversation Undefined for a message of `/ws/chat`. */
export function wireOf(
  payload: ChatMessagePayload,
  conversation: Pick<FakeRoom, 'person'> | undefined,
  me: UserPayload,
): object {
  const message = toMessage(payload);
  if (conversation === undefined) return CHANNELS.toWire(message);
  const recipientId = payload.userId === me.id ? (conversation.person?.id ?? me.id) : me.id;
  return DIRECT.toWire({ ...message, recipientId });
}
