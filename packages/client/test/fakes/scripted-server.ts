/**
 * A chat server in memory for one client, alice; a subclass adds the frames of a dialect. It
 * numbers the messages of a room, and stores a repeated `clientMessageId` once. `post` plays
 * other users.
 */
import type {
  ClientMessageId,
  Epoch,
  ErrorCode,
  MessageId,
  RoomId,
  UserId,
} from '@parley/protocol';
import { FakeEnvironment, type FakeSocket } from './fake-environment.ts';

export interface ScriptedUser {
  readonly id: UserId;
  readonly username: string;
}

export const ALICE = { id: 'u-alice' as UserId, username: 'alice' };
export const BOB = { id: 'u-bob' as UserId, username: 'bob' };

export interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface StoredMessage {
  readonly id: MessageId;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId | undefined;
}

export type LogEvent = { readonly sequence: number; readonly messageId: MessageId } & (
  | { readonly kind: 'message' | 'deletion' | 'reaction' }
  | { readonly kind: 'edit'; readonly content: string }
);

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface ScriptedRoom<Message> {
  readonly id: RoomId;
  readonly name: string;
  epoch: Epoch;
  /** In their current form. */
  messages: Message[];
  events: LogEvent[];
  /** Sequence of the last event. */
  head: number;
}

export interface Draft {
  readonly content: string;
  readonly sender: ScriptedUser;
  readonly clientMessageId?: ClientMessageId | undefined;
}

export interface Rejection {
  readonly code: ErrorCode;
  readonly retryAfter?: number;
}

/**
 * The server's end of one connection. Frames to the client are queued until `flush`: a test may
 * deliver some, then `cut` the connection, and queued frames are lost as on a real network.
 */
export abstract class ScriptedConnection {
  readonly environment = new FakeEnvironment();
  #socket: FakeSocket | undefined;
  #queue: object[] = [];

  protected abstract greeting(): object;
  protected receive(_frame: Frame): void {}

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Accepts the socket that the client opened last, and sends the greeting. */
  accept(): void {
    const { socket } = this.environment;
    this.#socket = socket;
    this.#queue = [];
    // The dialect decides which frames the client sends on this socket.
    socket.onSent = (frame) => this.receive(frame as unknown as Frame);
    socket.upgrade();
    this.push(this.greeting());
    // Only the greeting: a test may lose the frames that the client sends next.
    this.flush(1);
  }

  /** Delivers queued frames, including answers to the client's reactions; or the first few. */
  flush(count = Number.POSITIVE_INFINITY): void {
    for (let delivered = 0; delivered < count; delivered += 1) {
      const frame = this.#queue.shift();
      if (frame === undefined) return;
      this.#socket?.text(JSON.stringify(frame));
    }
  }

  /** The connection breaks: queued frames never arrive. */
  cut(code = 1006): void {
    this.#queue = [];
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onSent = undefined;
    socket.end(code);
  }

  /** Sends a frame without a request, at once. */
  send(frame: object): void {
    this.push(frame);
    this.flush();
  }

  protected push(frame: object): void {
    if (this.#socket !== undefined) this.#queue.push(frame);
  }
}

export abstract class ScriptedServer<Message extends StoredMessage> extends ScriptedConnection {
  readonly rooms = new Map<RoomId, ScriptedRoom<Message>>();
  /** Maximum number of missed events; above it the client receives a snapshot. */
  catchUpMax = 1_000;
  /** Answers the next command of this type with the error. */
  readonly rejections: (Rejection & { readonly type: string })[] = [];
  /** Rooms that alice may not open. */
  readonly forbidden = new Set<RoomId>();
  readonly openRooms = new Set<RoomId>();

  /** Encodes a new message as it is stored. */
  protected abstract toMessage(
    room: ScriptedRoom<Message>,
    draft: Draft,
    stored: { readonly id: MessageId; readonly sequence: number },
  ): Message;
  protected abstract toFrame(message: Message): object;

  override accept(): void {
    this.openRooms.clear();
    super.accept();
  }

  override cut(code?: number): void {
    this.openRooms.clear();
    super.cut(code);
  }

  /** Creates or finds a room. */
  room(name: string): ScriptedRoom<Message> {
    const id = `r-${name}` as RoomId;
    const created = { id, name, epoch: 'e1' as Epoch, messages: [], events: [], head: 0 };
    const room = this.rooms.get(id) ?? created;
    this.rooms.set(id, room);
    return room;
  }

  /** Another user writes. */
  post(name: string, content: string, sender: ScriptedUser = BOB): Message {
    const room = this.room(name);
    const message = this.store(room, { content, sender });
    this.broadcast(room.id, this.toFrame(message));
    return message;
  }

  protected broadcast(roomId: RoomId, frame: object): void {
    if (this.openRooms.has(roomId)) this.push(frame);
  }

  protected takeRejection(type: string): Rejection | undefined {
    const index = this.rejections.findIndex((rejection) => rejection.type === type);
    const { type: _, ...rejection } = this.rejections.splice(index, index < 0 ? 0 : 1)[0] ?? {};
    return index < 0 ? undefined : (rejection as Rejection);
  }

  protected store(room: ScriptedRoom<Message>, draft: Draft): Message {
    const id = `${room.epoch}-${room.id}-${room.head + 1}` as MessageId;
    const sequence = this.log(room, { kind: 'message', messageId: id });
    const message = this.toMessage(room, draft, { id, sequence });
    room.messages.push(message);
    return message;
  }

  /** Stores a message of alice, or finds the one that was stored for this key. */
  protected storeOnce(
    room: ScriptedRoom<Message>,
    content: string,
    clientMessageId: ClientMessageId | undefined,
  ): { readonly message: Message; readonly isDuplicate: boolean } {
    const earlier = room.messages.find((each) => each.clientMessageId === clientMessageId);
    if (clientMessageId !== undefined && earlier !== undefined) {
      return { message: earlier, isDuplicate: true };
    }
    const message = this.store(room, { content, clientMessageId, sender: ALICE });
    return { message, isDuplicate: false };
  }

  protected log(
    room: ScriptedRoom<Message>,
    event: DistributiveOmit<LogEvent, 'sequence'>,
  ): number {
    room.head += 1;
    room.events.push({ ...event, sequence: room.head });
    return room.head;
  }
}
