/** The native dialect of the scripted server, without deletions. */
import type {
  ChatMessagePayload,
  ClientFrame,
  ClientMessageId,
  ClientPayload,
  ConnectionId,
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
import {
  ALICE,
  type Draft,
  type Frame,
  type Rejection,
  type ScriptedRoom,
  ScriptedServer,
  type ScriptedUser,
} from './scripted-server.ts';

type Room = ScriptedRoom<ChatMessagePayload>;

export class NativeServer extends ScriptedServer<ChatMessagePayload> {
  /** Number of messages in the history of a first join. */
  historyOnJoin = 50;
  /** Texts of accepted edits; undefined leaves the answers to the test. */
  edits: string[] | undefined;
  /** Entries of alice's room list by room name; sent with the greeting and the list. */
  readonly unread = new Map<string, Partial<RoomListEntry>>();

  /** Sends the client a frame without a request. */
  sendEvent<T extends ServerFrameType>(type: T, payload: ServerFrames[T]): void {
    this.send(this.#frame(type, payload));
  }

  protected greeting(): object {
    return this.#frame('connection_established', {
      connectionId: 'c1' as ConnectionId,
      user: ALICE,
      serverTime: new Date(this.environment.nowMs()).toISOString(),
      version: '0.2.0',
      capabilities: [],
      contentLengthMax: 10_000,
      rooms: this.#list(),
      hasMore: false,
    });
  }

  protected toFrame(message: ChatMessagePayload): object {
    return this.#frame('chat_message', message);
  }

  protected toMessage(
    { id: roomId }: Room,
    { content, sender, clientMessageId }: Draft,
    stored: { readonly id: MessageId; readonly sequence: number },
  ): ChatMessagePayload {
    return {
      ...stored,
      roomId,
      sender: sender.username,
      userId: sender.id,
      content,
      timestamp: new Date(this.environment.nowMs()).toISOString(),
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    };
  }

  protected override receive(received: Frame): void {
    // The client sends frames of this dialect.
    const frame = received as unknown as ClientFrame;
    const rejection = this.takeRejection(frame.type);
    if (rejection !== undefined) {
      this.#reject(frame, rejection);
      return;
    }
    switch (frame.type) {
      case 'join_room':
        this.#join(frame);
        break;
      case 'leave_room': {
        const roomId = frame.payload.roomId as RoomId;
        this.openRooms.delete(roomId);
        this.#answer('room_left', { roomId }, frame.id);
        break;
      }
      case 'chat_message':
        this.#send(frame);
        break;
      case 'resume': {
        const rooms = frame.payload.rooms.map((position) => this.#resume(position));
        this.#answer('resumed', { rooms }, frame.id);
        break;
      }
      case 'get_history':
        this.#page(frame);
        break;
      case 'get_rooms':
        this.#answer('room_list', { rooms: this.#list(), hasMore: false }, frame.id);
        break;
      case 'direct_message':
        this.#sendDirect(frame);
        break;
      case 'mark_read': {
        const roomId = frame.payload.roomId as RoomId;
        const { id: userId, username } = ALICE;
        const { sequence } = frame.payload;
        this.#answer('read_position', { roomId, userId, username, sequence }, frame.id);
        break;
      }
      case 'edit_message': {
        if (this.edits === undefined) break;
        const {
          roomId,
          messageId: id,
          content,
        } = frame.payload as ClientPayload<'edit_message'> & Record<'roomId' | 'messageId', never>;
        this.edits.push(content);
        const room = this.rooms.get(roomId);
        const sequence =
          room === undefined ? 0 : this.log(room, { kind: 'edit', messageId: id, content });
        const timestamp = '2026-01-31T12:00:00.000Z';
        this.#answer(
          'message_ack',
          { id, roomId, sequence, timestamp, duplicate: false },
          frame.id,
        );
        break;
      }
      case 'heartbeat':
        this.#answer('heartbeat', frame.payload);
        break;
      default:
        break;
    }
  }

  /** Alice is a member of every room. */
  #list(): OwnRoomEntry[] {
    return [...this.rooms.values()].map(({ id, name, head, epoch }) => ({
      id,
      name,
      kind: 'room',
      memberCount: 1,
      memberTotal: 1,
      unreadCount: 0,
      mentionCount: 0,
      lastActivity: '2026-01-31T12:00:00.000Z',
      joined: true,
      headSequence: head,
      epoch,
      ...this.unread.get(name),
    }));
  }

  #join(frame: Extract<ClientFrame, { type: 'join_room' }>): void {
    const { roomName, roomId, create = true } = frame.payload;
    const wanted = roomName === undefined ? (roomId as RoomId) : (`r-${roomName}` as RoomId);
    const mayCreate = create && roomName !== undefined;
    const room = mayCreate ? this.room(roomName) : this.rooms.get(wanted);
    if (room === undefined || this.forbidden.has(room.id)) {
      this.#reject(frame, { code: room === undefined ? 'NOT_FOUND' : 'FORBIDDEN' });
      return;
    }
    this.openRooms.add(room.id);
    const { id, name } = room;
    const snapshot = snapshotOf(room, room.messages.slice(-this.historyOnJoin), false);
    this.#answer(
      'room_joined',
      {
        ...snapshot,
        roomName: name,
        room: { id, name, memberCount: snapshot.memberCount, memberTotal: snapshot.memberTotal },
      },
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
    this.openRooms.add(room.id);
    const { head } = room;
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
    if (room === undefined || !this.openRooms.has(room.id)) {
      this.#reject(frame, { code: 'NOT_IN_ROOM' });
      return;
    }
    const key = clientMessageId as ClientMessageId;
    const { message, isDuplicate: duplicate } = this.storeOnce(room, content, key);
    const { id, sequence, timestamp } = message;
    const stored = { id, roomId: room.id, sequence, timestamp, duplicate };
    this.#answer('message_ack', { clientMessageId: key, ...stored }, frame.id);
  }

  /** The direct room with a person has that person's name. */
  #sendDirect(frame: Extract<ClientFrame, { type: 'direct_message' }>): void {
    const { recipientId, content, clientMessageId } = frame.payload;
    const { recipient = (recipientId ?? '').replace(/^u-/, '') } = frame.payload;
    const person = { id: `u-${recipient}` as UserId, username: recipient };
    this.unread.set(recipient, { kind: 'direct', person: memberOf(person) });
    const { id: roomId } = this.room(recipient);
    this.openRooms.add(roomId);
    this.#send({
      ...frame,
      type: 'chat_message',
      payload: { roomId, content, ...(clientMessageId === undefined ? {} : { clientMessageId }) },
    });
  }

  #page(frame: Extract<ClientFrame, { type: 'get_history' }>): void {
    const { roomId, before = Number.POSITIVE_INFINITY, limit = 50, around, after } = frame.payload;
    const room = this.rooms.get(roomId as RoomId);
    if (around !== undefined || after !== undefined) {
      this.#answer('history', this.#pageAfter(frame.payload, room?.messages ?? []), frame.id);
      return;
    }
    const below = (room?.messages ?? []).filter(({ sequence }) => sequence < Number(before));
    const page = { messages: below.slice(-limit), hasMore: below.length > limit };
    this.#answer('history', { roomId: roomId as RoomId, ...page }, frame.id);
  }

  /** After a sequence, or around one. */
  #pageAfter(
    { roomId: id, after, around = 0, limit = 50 }: ClientPayload<'get_history'>,
    messages: readonly ChatMessagePayload[],
  ): ServerFrames['history'] {
    const roomId = id as RoomId;
    const half = after === undefined ? Math.floor(limit / 2) : 0;
    const from = messages.findIndex(
      ({ sequence }) => sequence >= Number(after ?? Number(around) - 1) + 1,
    );
    const first = from < 0 ? messages.length : from;
    const start = Math.max(0, first - half);
    const end = first + limit - half;
    const page = { roomId, messages: messages.slice(start, end) };
    const hasNewer = end < messages.length;
    if (after !== undefined) return { ...page, hasMore: hasNewer };
    const anchor = messages[first] ?? messages.at(-1);
    const anchored = anchor === undefined ? {} : { anchorSequence: anchor.sequence };
    return { ...page, hasMore: start > 0, hasNewer, ...anchored };
  }

  #reject({ type: originalType, id }: ClientFrame, rejection: Rejection): void {
    const message = `rejected with ${rejection.code}`;
    this.#answer('error', { message, originalType, ...rejection }, id);
  }

  #answer<T extends ServerFrameType>(type: T, payload: ServerFrames[T], replyTo?: string): void {
    this.push(this.#frame(type, payload, replyTo));
  }

  #frame<T extends ServerFrameType>(type: T, payload: ServerFrames[T], replyTo?: string): object {
    return { type, payload, timestamp: '2026-01-31T12:00:00.000Z', replyTo };
  }
}

function snapshotOf(
  room: Room,
  history: readonly ChatMessagePayload[],
  truncated: boolean,
): RoomSnapshot {
  return {
    roomId: room.id,
    memberCount: 1,
    memberTotal: 1,
    members: [memberOf(ALICE)],
    history,
    events: [],
    headSequence: room.head,
    epoch: room.epoch,
    truncated,
  };
}

/** A member who is online. */
export function memberOf({ id, username }: ScriptedUser): MemberPayload {
  return { userId: id, username, status: 'online', isOnline: true, lastSeen: null };
}
