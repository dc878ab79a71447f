/**
 * A server in memory for one client, alice, by the rules of the native dialect: it
 * numbers messages, answers a repeated `clientMessageId` with the first result, and
 * catches up by position. `post` plays other users.
 *
 * Frames to the client are queued until `flush`: a test may deliver some, then `cut` the
 * connection, and queued frames are lost as on a real network.
 */
import type {
  ChatMessagePayload,
  ClientFrame,
  ClientMessageId,
  ClientPayload,
  ConnectionId,
  Epoch,
  ErrorCode,
  MemberPayload,
  MessageId,
  OwnRoomEntry,
  RoomId,
  RoomListEntry,
  RoomSnapshot,
  ServerFrames,
  ServerFrameType,
  UserId,
} from '@parley/protocol';
import type { FakeEnvironment, FakeSocket } from './fake-environment.ts';

export const ALICE = { id: 'u-alice' as UserId, username: 'alice' };
export const BOB = { id: 'u-bob' as UserId, username: 'bob' };

interface ScriptedRoom {
  readonly id: RoomId;
  readonly name: string;
  epoch: Epoch;
  messages: ChatMessagePayload[];
}

export class ScriptedServer {
  readonly rooms = new Map<RoomId, ScriptedRoom>();
  /** Number of messages in the history of a first join. */
  historyOnJoin = 50;
  /** Maximum number of missed events; above it the room is replaced. */
  catchUpMax = 1_000;
  /** Answers the next frame of this type with the error. */
  readonly refusals: { type: ClientFrame['type']; code: ErrorCode; retryAfter?: number }[] = [];
  /** Entries of alice's room list by room name; sent with the greeting and the list. */
  readonly unread = new Map<string, Partial<RoomListEntry>>();
  /** Rooms that `resume` and `join_room` reject. */
  readonly forbidden = new Set<RoomId>();
  readonly #environment: FakeEnvironment;
  readonly #openRooms = new Set<RoomId>();
  #socket: FakeSocket | undefined;
  #queue: { type: ServerFrameType; payload: unknown; replyTo: string | undefined }[] = [];

  constructor(environment: FakeEnvironment) {
    this.#environment = environment;
  }

  /** Accepts the socket that the client opened last, and sends the greeting. */
  accept(): void {
    const socket = this.#environment.socket;
    this.#socket = socket;
    this.#openRooms.clear();
    this.#queue = [];
    socket.onSent = (frame) => this.#take(frame);
    socket.upgrade();
    this.#push('connection_established', {
      connectionId: 'c1' as ConnectionId,
      user: ALICE,
      serverTime: new Date(this.#environment.nowMs()).toISOString(),
      rooms: [...this.rooms.values()].map((room) => this.#listed(room)),
    });
    // Only the greeting: a test may lose the frames that the client sends next.
    this.flush(1);
  }

  /** Delivers queued frames, including answers to the client's reactions; or the first few. */
  flush(count = Number.POSITIVE_INFINITY): void {
    for (let delivered = 0; delivered < count; delivered += 1) {
      const frame = this.#queue.shift();
      if (frame === undefined) return;
      // `#push` has checked that type and payload match.
      this.#socket?.deliver(
        frame.type,
        frame.payload as ServerFrames[ServerFrameType],
        frame.replyTo,
      );
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

  /** Creates or finds a room. */
  room(name: string): ScriptedRoom {
    const id = `r-${name}` as RoomId;
    const room = this.rooms.get(id) ?? { id, name, epoch: 'e1' as Epoch, messages: [] };
    this.rooms.set(id, room);
    return room;
  }

  /** Another user writes. */
  post(name: string, content: string, sender: { id: UserId; username: string } = BOB): void {
    const message = this.#store(this.room(name), { content, sender });
    if (this.#openRooms.has(message.roomId)) this.#push('chat_message', message);
  }

  /** Sends the client a frame without a request. */
  tell<T extends ServerFrameType>(type: T, payload: ServerFrames[T]): void {
    this.#push(type, payload);
    this.flush();
  }

  #take(frame: ClientFrame): void {
    const refusal = this.refusals.findIndex(({ type }) => type === frame.type);
    if (refusal >= 0) {
      const { code, retryAfter } = this.refusals.splice(refusal, 1)[0] ?? {
        code: 'INTERNAL_ERROR',
      };
      this.#refuse(frame, code, retryAfter);
      return;
    }
    switch (frame.type) {
      case 'join_room':
        this.#join(frame);
        break;
      case 'leave_room': {
        const roomId = frame.payload.roomId as RoomId;
        this.#openRooms.delete(roomId);
        this.#push('room_left', { roomId }, frame.id);
        break;
      }
      case 'chat_message':
        this.#send(frame);
        break;
      case 'resume': {
        const rooms = frame.payload.rooms.map((position) => this.#resume(position));
        this.#push('resumed', { rooms }, frame.id);
        break;
      }
      case 'get_history':
        this.#page(frame);
        break;
      case 'get_rooms': {
        const rooms = [...this.rooms.values()].map((room) => this.#listed(room));
        this.#push('room_list', { rooms, hasMore: false }, frame.id);
        break;
      }
      case 'direct_message':
        this.#sendDirect(frame);
        break;
      case 'mark_read': {
        const roomId = frame.payload.roomId as RoomId;
        const { id: userId, username } = ALICE;
        const { sequence } = frame.payload;
        this.#push('read_position', { roomId, userId, username, sequence }, frame.id);
        break;
      }
      case 'heartbeat':
        this.#push('heartbeat', frame.payload);
        break;
      default:
        break;
    }
  }

  /** Alice is a member of every room. */
  #listed({ id, name, messages, epoch }: ScriptedRoom): OwnRoomEntry {
    return {
      id,
      name,
      kind: 'room',
      memberCount: 1,
      unreadCount: 0,
      mentionCount: 0,
      lastActivity: '2026-01-31T12:00:00.000Z',
      joined: true,
      headSequence: messages.length,
      epoch,
      ...this.unread.get(name),
    };
  }

  #join(frame: Extract<ClientFrame, { type: 'join_room' }>): void {
    const { roomName, roomId, create = true } = frame.payload;
    const wanted = roomName === undefined ? (roomId as RoomId) : (`r-${roomName}` as RoomId);
    const mayCreate = create && roomName !== undefined;
    const room = mayCreate ? this.room(roomName) : this.rooms.get(wanted);
    if (room === undefined || this.forbidden.has(room.id)) {
      this.#refuse(frame, room === undefined ? 'NOT_FOUND' : 'FORBIDDEN');
      return;
    }
    this.#openRooms.add(room.id);
    const { id, name } = room;
    const snapshot = snapshotOf(room, room.messages.slice(-this.historyOnJoin), false);
    this.#push(
      'room_joined',
      { ...snapshot, roomName: name, room: { id, name, memberCount: snapshot.memberCount } },
      frame.id,
    );
  }

  #resume({
    roomId,
    lastSequence,
    epoch,
    lastId,
  }: ClientPayload<'resume'>['rooms'][number]): ServerFrames['resumed']['rooms'][number] {
    const room = this.rooms.get(roomId as RoomId);
    if (room === undefined || this.forbidden.has(room.id)) {
      const code = room === undefined ? 'NOT_FOUND' : 'FORBIDDEN';
      return { roomId: roomId as RoomId, error: { code } };
    }
    this.#openRooms.add(room.id);
    const head = room.messages.length;
    const isKnown =
      lastSequence !== undefined &&
      lastSequence <= head &&
      epoch === room.epoch &&
      (lastId === undefined || room.messages[lastSequence - 1]?.id === lastId);
    if (!isKnown || head - lastSequence > this.catchUpMax) {
      return snapshotOf(room, room.messages.slice(-this.historyOnJoin), true);
    }
    return snapshotOf(room, room.messages.slice(lastSequence), false);
  }

  #send(frame: Extract<ClientFrame, { type: 'chat_message' }>): void {
    const { content, clientMessageId } = frame.payload;
    const room = this.rooms.get(frame.payload.roomId as RoomId);
    if (room === undefined || !this.#openRooms.has(room.id)) {
      this.#refuse(frame, 'NOT_IN_ROOM');
      return;
    }
    const key = clientMessageId as ClientMessageId;
    const first = room.messages.find(
      (each) => each.clientMessageId === key && each.userId === ALICE.id,
    );
    const { id, sequence, timestamp } =
      first ?? this.#store(room, { content, sender: ALICE, clientMessageId: key });
    this.#push(
      'message_ack',
      {
        clientMessageId: key,
        id,
        roomId: room.id,
        sequence,
        timestamp,
        duplicate: first !== undefined,
      },
      frame.id,
    );
  }

  /** The direct room with a person has that person's name. */
  #sendDirect(frame: Extract<ClientFrame, { type: 'direct_message' }>): void {
    const { recipient = '', content, clientMessageId } = frame.payload;
    const person = { id: `u-${recipient}` as UserId, username: recipient };
    this.unread.set(recipient, { kind: 'direct', person: memberOf(person) });
    const { id: roomId } = this.room(recipient);
    this.#openRooms.add(roomId);
    this.#send({
      ...frame,
      type: 'chat_message',
      payload: { roomId, content, ...(clientMessageId === undefined ? {} : { clientMessageId }) },
    });
  }

  #page(frame: Extract<ClientFrame, { type: 'get_history' }>): void {
    const { roomId, before = Number.POSITIVE_INFINITY, limit = 50 } = frame.payload;
    const room = this.rooms.get(roomId as RoomId);
    const below = (room?.messages ?? []).filter(({ sequence }) => sequence < before);
    this.#push(
      'history',
      {
        roomId: roomId as RoomId,
        messages: below.slice(-limit),
        hasMore: below.length > limit,
      },
      frame.id,
    );
  }

  #store(
    room: ScriptedRoom,
    draft: {
      readonly content: string;
      readonly sender: { readonly id: UserId; readonly username: string };
      readonly clientMessageId?: ClientMessageId;
    },
  ): ChatMessagePayload {
    const sequence = room.messages.length + 1;
    const message: ChatMessagePayload = {
      id: `${room.epoch}-${room.id}-${sequence}` as MessageId,
      roomId: room.id,
      sender: draft.sender.username,
      userId: draft.sender.id,
      content: draft.content,
      timestamp: new Date(this.#environment.nowMs()).toISOString(),
      sequence,
      ...(draft.clientMessageId === undefined ? {} : { clientMessageId: draft.clientMessageId }),
    };
    room.messages.push(message);
    return message;
  }

  #refuse(frame: ClientFrame, code: ErrorCode, retryAfter?: number): void {
    this.#push(
      'error',
      {
        code,
        message: `refused with ${code}`,
        originalType: frame.type,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
      frame.id,
    );
  }

  #push<T extends ServerFrameType>(type: T, payload: ServerFrames[T], replyTo?: string): void {
    if (this.#socket !== undefined) this.#queue.push({ type, payload, replyTo });
  }
}

function snapshotOf(
  room: ScriptedRoom,
  history: readonly ChatMessagePayload[],
  truncated: boolean,
): RoomSnapshot {
  return {
    roomId: room.id,
    memberCount: 1,
    members: [memberOf(ALICE)],
    history,
    events: [],
    headSequence: room.messages.length,
    epoch: room.epoch,
    truncated,
  };
}

/** A member who is online. */
export function memberOf({ id, username }: { id: UserId; username: string }): MemberPayload {
  return { userId: id, username, status: 'online', isOnline: true, lastSeen: null };
}
