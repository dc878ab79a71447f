/**
 * A client with a server in memory, for tests of applications. The server numbers and keeps
 * messages as the real one does; it has no limits, permissions or assistant.
 */
import type {
  Attachment,
  ChatMessagePayload,
  ClientFrame,
  ClientMessageId,
  ClientPayload,
  ConnectionId,
  ErrorCode,
  MemberPayload,
  MessageId,
  OwnRoomEntry,
  RoomId,
  ServerFrames,
  ServerFrameType,
  UserId,
  UserPayload,
} from '@parley/protocol';
import { mentions } from '../core/messages/mentions.ts';
import type { MessageTarget } from '../core/messages/message.ts';
import { createParley, type Parley } from '../core/parley.ts';
import { FakeConnection, type FakeHost } from './fake-connection.ts';
import { FakeEnvironment, type FakeSocket, nextTurn } from './fake-environment.ts';
import { FakeFlatConnection, wireOf } from './fake-flat.ts';
import { type FakeChange, FakeRoom, toFakeChange } from './fake-room.ts';

/** Commands of `/ws/chat` and `/messagepal`. */
type FlatCommand = 'join_channel' | 'subscribe' | 'send_message' | 'fetch_history' | 'mark_read';

/** A message of the user, over a socket or over HTTP. */
type Sent = Pick<ClientPayload<'chat_message'>, 'content'> & Partial<ClientPayload<'chat_message'>>;

export class FakeParley {
  /** The client of the application, of the user `alice` unless another name was given. */
  readonly parley: Parley;
  readonly #environment: FakeEnvironment;
  readonly #rooms = new Map<RoomId, FakeRoom>();
  readonly #me: UserPayload;
  readonly #rejections: { readonly type: string; readonly code: ErrorCode }[] = [];
  /** Positions that the user has read up to. */
  readonly #read = new Map<RoomId, number>();
  /** Of `createParley`, `useChatWs` and `useMessagePalWs`. */
  readonly #connections = new Map<FakeSocket, FakeConnection>();

  constructor({ username = 'alice' }: { readonly username?: string } = {}) {
    this.#me = userOf(username);
    const host: FakeHost = {
      me: this.#me,
      now: () => this.#now(),
      findRoom: (id) => this.#rooms.get(id),
      takeRejection: (type) => this.#takeRejection(type),
      run: (frame, from) => this.#run(frame, from),
    };
    this.#environment = new FakeEnvironment({
      onSocket: (socket, path) => {
        const isNative = path.endsWith('/ws');
        const connection = isNative
          ? new FakeConnection(host, socket)
          : new FakeFlatConnection(host, socket, path);
        this.#connections.set(socket, connection);
        this.#greet(connection);
      },
      onFrame: (socket, text) => this.#connections.get(socket)?.onText(text),
      onClose: (socket) => this.#connections.delete(socket),
      fetch: (input, init) => Promise.resolve(this.#answerHttp(`${input}`, init)),
    });
    this.parley = createParley({ url: 'http://fake', environment: this.#environment });
  }

  /** Creates a room of which the user is a member. Returns its id. */
  addRoom(name: string): RoomId {
    const id = `room-${name}` as RoomId;
    if (!this.#rooms.has(id)) this.#rooms.set(id, new FakeRoom(id, name));
    return id;
  }

  /** Another user writes. Returns the id of the message. */
  post(
    roomId: string,
    text: string,
    { from = 'bob', replyTo }: { readonly from?: string; readonly replyTo?: string } = {},
  ): MessageId {
    const room = this.#room(roomId);
    const reply = replyTo === undefined ? {} : { parentMessageId: replyTo as MessageId };
    const message = room.add(userOf(from), { content: text, timestamp: this.#now(), ...reply });
    this.#tell(room, 'chat_message', message);
    return message.id;
  }

  /** Another user changes a message, or reacts to it. */
  change(roomId: string, messageId: string, change: FakeChange, from = 'bob'): void {
    const room = this.#room(roomId);
    const event = room.change(userOf(from).id, messageId as MessageId, change, this.#now());
    this.#tell(room, event.type, event.payload);
  }

  /** Another user is typing. */
  type(roomId: string, from = 'bob'): void {
    const { id: userId, username } = userOf(from);
    const room = this.#room(roomId);
    this.#tell(room, 'user_typing', { roomId: room.id, userId, username, isTyping: true });
  }

  /** The next command of this type is answered with the error. */
  rejectNext(type: ClientFrame['type'] | FlatCommand, code: ErrorCode): void {
    this.#rejections.push({ type, code });
  }

  /** The connection breaks; none succeeds until `reconnect`. */
  disconnect(): void {
    this.#environment.isReachable = false;
    for (const socket of [...this.#connections.keys()]) socket.end(1006);
  }

  /** The server is reachable again. */
  async reconnect(): Promise<void> {
    this.#environment.isReachable = true;
    this.parley.connection.tryNow();
    await this.settle();
  }

  /** Moves the clock of the client: for retries, typing and timeouts. */
  async advance(ms: number): Promise<void> {
    await this.#environment.advance(ms);
    await this.settle();
  }

  /** Waits until the client and the server have nothing more to tell each other. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  }

  /** Texts stored in a room, in order. */
  stored(roomId: string): readonly string[] {
    return this.#room(roomId).messages.map(({ content }) => content);
  }

  #greet(connection: FakeConnection): void {
    for (const room of this.#rooms.values()) {
      if (room.person !== undefined) connection.openDirect(room);
    }
    connection.send('connection_established', {
      connectionId: 'connection-1' as ConnectionId,
      user: this.#me,
      serverTime: this.#now(),
      version: '0.2.0',
      capabilities: [],
      contentLengthMax: 10_000,
      rooms: this.#entries(),
      hasMore: false,
    });
  }

  #run(frame: ClientFrame, from: FakeConnection): void {
    const change = toFakeChange(frame);
    if (change === undefined) this.#answer(frame, from);
    else this.#changeOwn(frame, change, from);
  }

  #answer(frame: ClientFrame, from: FakeConnection): void {
    switch (frame.type) {
      case 'join_room':
        this.#join(frame, from);
        break;
      case 'leave_room':
        from.opened.delete(frame.payload.roomId as RoomId);
        from.send('room_left', { roomId: frame.payload.roomId as RoomId }, frame.id);
        break;
      case 'resume':
        this.#resume(frame, from);
        break;
      case 'chat_message':
        this.#send(frame, this.#rooms.get(frame.payload.roomId as RoomId), from);
        break;
      case 'direct_message': {
        const { recipientId, recipient } = frame.payload;
        this.#send(frame, this.#directRoom(recipientId, recipient), from);
        break;
      }
      case 'get_rooms':
        from.send('room_list', { rooms: this.#entries(), hasMore: false }, frame.id);
        break;
      case 'get_history':
        from.send('history', this.#room(frame.payload.roomId).page(frame.payload), frame.id);
        break;
      case 'get_thread':
        this.#thread(frame, from);
        break;
      case 'mark_read': {
        const { roomId, sequence } = frame.payload;
        const { id: userId, username } = this.#me;
        const position = { roomId: roomId as RoomId, userId, username, sequence };
        this.#markRead(this.#room(roomId), sequence);
        from.send('read_position', position, frame.id);
        break;
      }
      case 'heartbeat':
        from.send('heartbeat', frame.payload);
        break;
      default:
        break;
    }
  }

  #join(frame: Extract<ClientFrame, { type: 'join_room' }>, from: FakeConnection): void {
    const { roomId, roomName, create = true } = frame.payload;
    if (roomName !== undefined && create) this.addRoom(roomName);
    const room = this.#rooms.get((roomId ?? `room-${roomName}`) as RoomId);
    if (room === undefined) {
      from.reject(frame, 'NOT_FOUND');
      return;
    }
    from.opened.add(room.id);
    const snapshot = room.snapshot(this.#members());
    const { id, name } = room;
    const about = {
      roomName: name,
      room: { id, name, memberCount: snapshot.memberCount, memberTotal: snapshot.memberTotal },
    };
    from.send('room_joined', { ...snapshot, ...about }, frame.id);
  }

  #resume(frame: Extract<ClientFrame, { type: 'resume' }>, from: FakeConnection): void {
    const rooms = frame.payload.rooms.map(({ roomId, lastSequence }) => {
      const room = this.#rooms.get(roomId as RoomId);
      if (room === undefined) {
        return { roomId: roomId as RoomId, error: { code: 'NOT_FOUND' as const } };
      }
      from.opened.add(room.id);
      return room.snapshot(this.#members(), lastSequence);
    });
    from.send('resumed', { rooms }, frame.id);
  }

  #send(
    frame: Extract<ClientFrame, { type: 'chat_message' | 'direct_message' }>,
    room: FakeRoom | undefined,
    from: FakeConnection,
  ): void {
    if (room === undefined || !from.follows(room)) {
      from.reject(frame, 'NOT_IN_ROOM');
      return;
    }
    const { message, duplicate } = this.#store(room, frame.payload, from);
    const { id, roomId, sequence, timestamp, clientMessageId } = message;
    const ack = { id, roomId, sequence, timestamp, duplicate };
    from.send('message_ack', { ...ack, ...(clientMessageId && { clientMessageId }) }, frame.id);
  }

  /** A repeated `clientMessageId` is stored once; the other connections receive the message. */
  #store(
    room: FakeRoom,
    { content, clientMessageId, parentMessageId, alsoToRoom, attachments }: Sent,
    from?: FakeConnection,
  ): { readonly message: ChatMessagePayload; readonly duplicate: boolean } {
    const earlier =
      clientMessageId && room.messages.find((each) => each.clientMessageId === clientMessageId);
    const message =
      earlier ||
      room.add(this.#me, {
        ...{ content, timestamp: this.#now() },
        ...(parentMessageId && { parentMessageId: parentMessageId as MessageId }),
        ...(alsoToRoom && { alsoToRoom }),
        ...(clientMessageId && { clientMessageId: clientMessageId as ClientMessageId }),
        // Objects have the form that the client gave them.
        ...(attachments && { attachments: attachments as Attachment[] }),
      });
    this.#markRead(room, message.sequence);
    if (!earlier) this.#tell(room, 'chat_message', message, from);
    return { message, duplicate: Boolean(earlier) };
  }

  #changeOwn(frame: ClientFrame, change: FakeChange, from: FakeConnection): void {
    // A command that changes a message names it.
    const { roomId, messageId: id } = frame.payload as unknown as MessageTarget;
    const room = this.#rooms.get(roomId);
    if (room?.find(id) === undefined) {
      from.reject(frame, 'NOT_FOUND');
      return;
    }
    const timestamp = this.#now();
    const { payload } = room.change(this.#me.id, id, change, timestamp);
    const sequence = payload.sequence ?? 0;
    const ack = { id, roomId: room.id, sequence, timestamp, duplicate: false };
    from.send('message_ack', ack, frame.id);
  }

  #thread(frame: Extract<ClientFrame, { type: 'get_thread' }>, from: FakeConnection): void {
    const { roomId, messageId } = frame.payload;
    const room = this.#room(roomId);
    const parent = room.find(messageId);
    const messages = room.messages.filter((each) => each.parentMessageId === messageId);
    const state = { following: false, unreadCount: 0 };
    const page = { roomId: room.id, messages, hasMore: false, ...state };
    from.send('thread', { ...page, ...(parent === undefined ? {} : { parent }) }, frame.id);
  }

  #directRoom(recipientId: string | undefined, recipient: string | undefined): FakeRoom {
    const username = recipient ?? (recipientId ?? '').replace(/^user-/, '');
    const id = `direct-${username}` as RoomId;
    const room = this.#rooms.get(id) ?? new FakeRoom(id, username, userOf(username));
    this.#rooms.set(id, room);
    for (const each of this.#connections.values()) each.openDirect(room);
    return room;
  }

  #room(roomId: string): FakeRoom {
    const room = this.#rooms.get(roomId as RoomId);
    if (room === undefined) throw new Error(`The fake server has no room ${roomId}`);
    return room;
  }

  #entries(): OwnRoomEntry[] {
    return [...this.#rooms.values()].map(({ id, name, head, epoch, person }) => ({
      id,
      name,
      kind: person === undefined ? 'room' : 'direct',
      memberCount: 1,
      memberTotal: 1,
      ...this.#unreadOf(id),
      lastActivity: this.#now(),
      joined: true,
      headSequence: head,
      epoch,
      ...(person === undefined ? {} : { person: memberOf(person) }),
    }));
  }

  #members(): MemberPayload[] {
    return [memberOf(this.#me)];
  }

  /** @param from Receives an answer instead. */
  #tell<T extends ServerFrameType>(
    room: FakeRoom,
    type: T,
    payload: ServerFrames[T],
    from?: FakeConnection,
  ): void {
    const { id: roomId, head: headSequence } = room;
    for (const each of this.#connections.values()) {
      if (each === from) continue;
      if (each.follows(room)) each.send(type, payload);
      else if (type !== 'user_typing') {
        each.send('room_activity', { roomId, headSequence, ...this.#unreadOf(roomId) });
      }
    }
  }

  #markRead({ id }: FakeRoom, sequence: number): void {
    this.#read.set(id, Math.max(sequence, this.#read.get(id) ?? 0));
  }

  #unreadOf(id: RoomId): { readonly unreadCount: number; readonly mentionCount: number } {
    const { username } = this.#me;
    const unread = this.#room(id).messages.filter(
      ({ sequence, userId, deleted }) =>
        sequence > (this.#read.get(id) ?? 0) && userId !== this.#me.id && deleted !== true,
    );
    const mentionCount = unread.filter(({ content }) => mentions(content, { username })).length;
    return { unreadCount: unread.length, mentionCount };
  }

  #takeRejection(type: string): ErrorCode | undefined {
    const rejected = this.#rejections.findIndex((each) => each.type === type);
    return rejected < 0 ? undefined : this.#rejections.splice(rejected, 1)[0]?.code;
  }

  /** The requests of the client; nothing else is served. */
  #answerHttp(url: string, init: RequestInit | undefined): Response {
    if (!this.#environment.isReachable) throw new TypeError('The fake server is not reachable');
    const { pathname, searchParams } = new URL(url);
    const [, , area, id] = pathname.split('/');
    if (area === 'channels') {
      const before = searchParams.get('before') ?? undefined;
      const limit = Number(searchParams.get('limit') ?? 50);
      const page = this.#room(id ?? '').page({ limit, ...(before && { before: Number(before) }) });
      return Response.json({
        ...page,
        messages: page.messages.map((each) => wireOf(each, undefined, this.#me)),
      });
    }
    if (area === 'messages') {
      const sent = JSON.parse(`${init?.body}`) as Sent & Record<string, string | undefined>;
      const { channelId, recipientId } = sent;
      const room = channelId ? this.#room(channelId) : this.#directRoom(recipientId, undefined);
      const { message } = this.#store(room, sent);
      return Response.json({ message: wireOf(message, channelId ? undefined : room, this.#me) });
    }
    const rooms = [...this.#rooms.values()].filter(({ person }) => person !== undefined);
    const conversations = rooms.map((room) => {
      const lastMessage = room.messages.at(-1);
      return { id: room.id, kind: 'direct', person: room.person, lastMessage };
    });
    return Response.json({ user: this.#me, users: [], conversations });
  }

  #now(): string {
    return new Date(this.#environment.nowMs()).toISOString();
  }
}

/** A client with a server in memory; nothing is connected yet. */
export function createFakeParley(options?: { readonly username?: string }): FakeParley {
  return new FakeParley(options);
}

function userOf(username: string): UserPayload {
  return { id: `user-${username}` as UserId, username };
}

function memberOf({ id: userId, username }: UserPayload): MemberPayload {
  return { userId, username, status: 'online', isOnline: true, lastSeen: null };
}
