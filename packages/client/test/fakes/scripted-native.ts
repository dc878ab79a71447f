/**
 * A chat server in memory for one client, alice, in the native dialect; `scripted-channels.ts`
 * translates it. It numbers the events of a room, and stores a repeated `clientMessageId` once. `post`
 * plays other users.
 */
import type {
  ClientFrame,
  ClientMessageId,
  ClientPayload,
  ConnectionId,
  Epoch,
  ErrorCode,
  LoggedEvent,
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
import type { ReceivedMessage } from '../../src/core/messages/message.ts';
import { pageOf } from '../../src/testing/fake-room.ts';
import {
  ALICE,
  BOB,
  type Frame,
  ScriptedConnection,
  type ScriptedUser,
} from './scripted-server.ts';

export interface Room {
  readonly id: RoomId;
  readonly name: string;
  epoch: Epoch;
  /** In their current form. */
  messages: ReceivedMessage[];
  /** Changes that the catch-up contains. */
  events: Extract<LoggedEvent, { type: 'message_edited' | 'message_deleted' }>[];
  /** Sequence of the last event. */
  head: number;
}

export interface Draft {
  readonly content: string;
  readonly sender: ScriptedUser;
  readonly clientMessageId?: ClientMessageId | undefined;
}

interface Rejection {
  readonly code: ErrorCode;
  readonly retryAfter?: number;
}

export class NativeServer extends ScriptedConnection {
  readonly rooms = new Map<RoomId, Room>();
  /** Maximum number of missed events; above it the client receives a snapshot. */
  catchUpMax = 1_000;
  /** Answers the next command of this type with the error. */
  readonly rejections: (Rejection & { readonly type: string })[] = [];
  /** Rooms that alice may not open. */
  readonly forbidden = new Set<RoomId>();
  readonly openRooms = new Set<RoomId>();
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

  override accept(): void {
    this.openRooms.clear();
    super.accept();
  }

  override cut(code?: number): void {
    this.openRooms.clear();
    super.cut(code);
  }

  /** Creates or finds a room. */
  room(name: string): Room {
    const id = `r-${name}` as RoomId;
    const created = { id, name, epoch: 'e1' as Epoch, messages: [], events: [], head: 0 };
    const room = this.rooms.get(id) ?? created;
    this.rooms.set(id, room);
    return room;
  }

  /** Another user writes. */
  post(
    name: string,
    content: string,
    sender: ScriptedUser = BOB,
    more: Pick<ReceivedMessage, 'attachments'> = {},
  ): ReceivedMessage {
    const room = this.room(name);
    const message = { ...this.store(room, { content, sender }), ...more };
    this.broadcast(room.id, this.#frame('chat_message', message));
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

  protected store(room: Room, { content, sender, clientMessageId }: Draft): ReceivedMessage {
    room.head += 1;
    const message: ReceivedMessage = {
      id: `${room.epoch}-${room.id}-${room.head}` as MessageId,
      sequence: room.head,
      roomId: room.id,
      sender: sender.username,
      userId: sender.id,
      content,
      timestamp: new Date(this.environment.nowMs()).toISOString(),
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    };
    room.messages.push(message);
    return message;
  }

  /** Stores a message of alice, or finds the one that was stored for this key. */
  protected storeOnce(
    room: Room,
    content: string,
    clientMessageId: ClientMessageId | undefined,
  ): { readonly message: ReceivedMessage; readonly isDuplicate: boolean } {
    const earlier = room.messages.find((each) => each.clientMessageId === clientMessageId);
    if (clientMessageId !== undefined && earlier !== undefined) {
      return { message: earlier, isDuplicate: true };
    }
    const message = this.store(room, { content, clientMessageId, sender: ALICE });
    return { message, isDuplicate: false };
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
        if (room !== undefined) room.head += 1;
        const sequence = room?.head ?? 0;
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
      (epoch ?? room.epoch) === room.epoch &&
      (lastId === undefined || room.messages.some(({ id }) => id === lastId));
    if (!isKnown || head - lastSequence > this.catchUpMax) {
      return snapshotOf(room, room.messages.slice(-this.historyOnJoin), true);
    }
    const missed = room.messages.filter(({ sequence }) => sequence > lastSequence);
    const events = room.events.filter(({ payload }) => payload.sequence > lastSequence);
    return { ...snapshotOf(room, missed, false), events };
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

  #page({ id, payload }: Extract<ClientFrame, { type: 'get_history' }>): void {
    const roomId = payload.roomId as RoomId;
    const messages = this.rooms.get(roomId)?.messages ?? [];
    this.#answer('history', { roomId, ...pageOf(messages, payload) }, id);
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
  history: readonly ReceivedMessage[],
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
