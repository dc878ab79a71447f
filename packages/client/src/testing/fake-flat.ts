/** A connection of the fake server at `/ws/chat` or `/messagepal`. */
import type {
  ChatMessagePayload,
  ClientMessageId,
  ErrorCode,
  RoomId,
  UserPayload,
} from '@parley/protocol';
import { CHANNELS } from '../core/flat/channels.ts';
import { DIRECT } from '../core/flat/direct.ts';
import { toMessage } from '../core/messages/message.ts';
import type { FakeSocket } from './fake-environment.ts';
import type { FakeRoom } from './fake-room.ts';

export interface FlatHost {
  readonly me: UserPayload;
  readonly findRoom: (id: RoomId) => FakeRoom | undefined;
  readonly directRoom: (userId: string) => FakeRoom;
  /** Stores a message of the user once, and tells the other connections. */
  readonly store: (room: FakeRoom, sent: FlatMessage, from: FakeFlatSocket) => ChatMessagePayload;
  readonly markRead: (room: FakeRoom, sequence: number) => void;
  readonly takeRejection: (type: string) => ErrorCode | undefined;
}

export interface FlatMessage {
  readonly content: string;
  readonly clientMessageId?: ClientMessageId | undefined;
  readonly replyTo?: string | undefined;
}

/** Fields of all commands of both dialects. */
type Command = FlatMessage & {
  readonly type: string;
  readonly channelId?: RoomId;
  readonly conversationId?: RoomId;
  readonly recipientId?: string;
  readonly messageId?: string;
  readonly lastSequence?: number;
  readonly before?: number;
  readonly limit?: number;
};

export class FakeFlatSocket {
  readonly #host: FlatHost;
  readonly #socket: FakeSocket;
  readonly #isChat: boolean;
  readonly #opened = new Set<RoomId>();

  constructor(host: FlatHost, socket: FakeSocket, path: string) {
    this.#host = host;
    this.#socket = socket;
    this.#isChat = path === CHANNELS.path;
    const { id: userId, username } = host.me;
    socket.deliver({ type: 'connected', userId, username, role: 'member' });
  }

  onFrame(frame: Command): void {
    const { type } = frame;
    const code = this.#host.takeRejection(type);
    const id = frame.channelId ?? frame.conversationId;
    const room = type === 'send_message' && !this.#isChat ? this.#recipient(frame) : this.#find(id);
    if (type === 'ping') this.#socket.deliver({ type: 'pong' });
    else if (code !== undefined || room === undefined) this.#reject(frame, code ?? 'NOT_FOUND');
    else this.#run(room, frame);
  }

  /** An event of a room, as the native dialect has it. */
  tell(room: FakeRoom, type: string, payload: object): void {
    // Direct conversations arrive without a subscription.
    const isOpen = this.#opened.has(room.id) || (!this.#isChat && room.person !== undefined);
    if (!isOpen) return;
    if (type === 'chat_message') this.#message(payload as ChatMessagePayload, room);
    else if (/^(message_(edited|deleted)|user_typing)$/.test(type)) {
      this.#socket.deliver({ ...payload, ...this.#place(room), type });
    }
  }

  #run(room: FakeRoom, frame: Command): void {
    switch (frame.type) {
      case 'join_channel':
      case 'subscribe':
        this.#join(room, frame.lastSequence);
        break;
      case 'leave_channel':
      case 'unsubscribe':
        this.#opened.delete(room.id);
        break;
      case 'send_message': {
        const { clientMessageId } = frame;
        const message = this.#host.store(room, frame, this);
        if (this.#isChat) {
          const own = { ...this.#wire(message, room), clientMessageId };
          this.#socket.deliver({ type: 'message_sent', clientMessageId, message: own });
        } else this.#message(message, room, clientMessageId);
        break;
      }
      case 'mark_read':
        this.#host.markRead(room, room.find(frame.messageId ?? '')?.sequence ?? 0);
        break;
      case 'fetch_history': {
        const page = pageOf(room, frame);
        const messages = page.messages.map((each) => this.#wire(each, room));
        this.#socket.deliver({ ...page, ...this.#place(room), messages, type: 'history_response' });
        break;
      }
      default:
    }
  }

  #join(room: FakeRoom, lastSequence: number | undefined): void {
    this.#opened.add(room.id);
    if (lastSequence !== undefined) {
      for (const message of room.snapshot([], lastSequence).history) this.#message(message, room);
    }
    const type = this.#isChat ? 'joined_channel' : 'subscribed';
    const state = { headSequence: room.head, epoch: room.epoch, truncated: false };
    this.#socket.deliver({ type, ...this.#place(room), ...state });
  }

  #message(message: ChatMessagePayload, room: FakeRoom, clientMessageId?: ClientMessageId): void {
    const type = this.#isChat ? 'new_message' : 'message_received';
    this.#socket.deliver({ type, message: this.#wire(message, room), clientMessageId });
  }

  #wire(message: ChatMessagePayload, room: FakeRoom): object {
    return wireOf(message, room, this.#isChat ? this.#host.me : undefined, this.#host.me);
  }

  #reject({ type, channelId, conversationId, clientMessageId }: Command, code: ErrorCode): void {
    const subject = { originalType: type, channelId, conversationId, clientMessageId };
    this.#socket.deliver({ type: 'error', code, message: `Rejected with ${code}`, ...subject });
  }

  #recipient({ recipientId = '' }: Command): FakeRoom {
    return this.#host.directRoom(recipientId);
  }

  #find(id: RoomId | undefined): FakeRoom | undefined {
    return id && this.#host.findRoom(id);
  }

  #place({ id }: FakeRoom): object {
    return this.#isChat ? { channelId: id } : { conversationId: id };
  }
}

/** @param channelUser Present for a message of `/ws/chat`. */
export function wireOf(
  payload: ChatMessagePayload,
  { person }: FakeRoom,
  channelUser: UserPayload | undefined,
  me: UserPayload,
): object {
  const message = toMessage(payload);
  if (channelUser !== undefined) return CHANNELS.toWire(message);
  const recipientId = payload.userId === me.id ? (person?.id ?? me.id) : me.id;
  return DIRECT.toWire({ ...message, recipientId });
}

export function pageOf(
  { messages }: FakeRoom,
  { before = Number.POSITIVE_INFINITY, limit = 50 }: { before?: number; limit?: number },
): { readonly messages: readonly ChatMessagePayload[]; readonly hasMore: boolean } {
  const older = messages.filter(({ sequence }) => sequence < before);
  return { messages: older.slice(-limit), hasMore: older.length > limit };
}
