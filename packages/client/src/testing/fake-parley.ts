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
import { FakeEnvironment, type FakeSocket, nextTurn } from './fake-environment.ts';
import { FakeFlatSocket, type FlatHost, type FlatMessage, pageOf, wireOf } from './fake-flat.ts';
import { type FakeChange, FakeRoom, toFakeChange } from './fake-room.ts';

/** Commands of `/ws/chat` and `/messagepal`. */
type FlatCommand = 'join_channel' | 'subscribe' | 'send_message' | 'fetch_history' | 'mark_read';

export class FakeParley {
  /** The client of the application, of the user `alice` unless another name was given. */
  readonly parley: Parley;
  readonly #environment: FakeEnvironment;
  readonly #rooms = new Map<RoomId, FakeRoom>();
  readonly #me: UserPayload;
  readonly #rejections: { readonly type: string; readonly code: ErrorCode }[] = [];
  /** Positions that the user has read up to. */
  readonly #read = new Map<RoomId, number>();
  /** Connections of `useChatWs` and `useMessagePalWs`. */
  readonly #flat = new Map<FakeSocket, FakeFlatSocket>();
  #opened = new Set<RoomId>();
  #socket: FakeSocket | undefined;

  constructor({ username = 'alice' }: { readonly username?: string } = {}) {
    this.#me = userOf(username);
    this.#environment = new FakeEnvironment({
      onSocket: (socket, path) => {
        if (path.endsWith('/ws')) this.#greet(socket);
        else this.#flat.set(socket, new FakeFlatSocket(this.#flatHost(), socket, path));
      },
      onFrame: (socket, text) => {
        // Written by the client.
        if (socket === this.#socket) this.#onFrame(JSON.parse(text) as ClientFrame);
        else this.#flat.get(socket)?.onFrame(JSON.parse(text));
      },
      onClose: (socket) => this.#flat.delete(socket),
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
    const sockets = [this.#socket, ...this.#flat.keys()];
    this.#socket = undefined;
    this.#flat.clear();
    for (const socket of sockets) socket?.end(1006);
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

  #greet(socket: FakeSocket): void {
    this.#socket = socket;
    const direct = [...this.#rooms.values()].filter(({ person }) => person !== undefined);
    this.#opened = new Set(direct.map(({ id }) => id));
    this.#send('connection_established', {
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

  #onFrame(frame: ClientFrame): void {
    const rejection = this.#takeRejection(frame.type);
    if (rejection !== undefined) {
      this.#reject(frame, rejection);
      return;
    }
    const change = toFakeChange(frame);
    if (change === undefined) this.#answer(frame);
    else this.#changeOwn(frame, change);
  }

  #answer(frame: ClientFrame): void {
    switch (frame.type) {
      case 'join_room':
        this.#join(frame);
        break;
      case 'leave_room':
        this.#opened.delete(frame.payload.roomId as RoomId);
        this.#send('room_left', { roomId: frame.payload.roomId as RoomId }, frame.id);
        break;
      case 'resume':
        this.#resume(frame);
        break;
      case 'chat_message':
        this.#store(frame, this.#rooms.get(frame.payload.roomId as RoomId));
        break;
      case 'direct_message':
        this.#store(frame, this.#directRoom(frame.payload.recipientId, frame.payload.recipient));
        break;
      case 'get_rooms':
        this.#send('room_list', { rooms: this.#entries(), hasMore: false }, frame.id);
        break;
      case 'get_history':
        this.#page(frame);
        break;
      case 'get_thread':
        this.#thread(frame);
        break;
      case 'mark_read': {
        const { roomId, sequence } = frame.payload;
        const { id: userId, username } = this.#me;
        const position = { roomId: roomId as RoomId, userId, username, sequence };
        this.#markRead(this.#room(roomId), sequence);
        this.#send('read_position', position, frame.id);
        break;
      }
      case 'heartbeat':
        this.#send('heartbeat', frame.payload);
        break;
      default:
        break;
    }
  }

  #join(frame: Extract<ClientFrame, { type: 'join_room' }>): void {
    const { roomId, roomName, create = true } = frame.payload;
    if (roomName !== undefined && create) this.addRoom(roomName);
    const room = this.#rooms.get((roomId ?? `room-${roomName}`) as RoomId);
    if (room === undefined) {
      this.#reject(frame, 'NOT_FOUND');
      return;
    }
    this.#opened.add(room.id);
    const snapshot = room.snapshot(this.#members());
    const { id, name } = room;
    const about = {
      roomName: name,
      room: { id, name, memberCount: snapshot.memberCount, memberTotal: snapshot.memberTotal },
    };
    this.#send('room_joined', { ...snapshot, ...about }, frame.id);
  }

  #resume(frame: Extract<ClientFrame, { type: 'resume' }>): void {
    const rooms = frame.payload.rooms.map(({ roomId, lastSequence }) => {
      const room = this.#rooms.get(roomId as RoomId);
      if (room === undefined) {
        return { roomId: roomId as RoomId, error: { code: 'NOT_FOUND' as const } };
      }
      this.#opened.add(room.id);
      return room.snapshot(this.#members(), lastSequence);
    });
    this.#send('resumed', { rooms }, frame.id);
  }

  /** A repeated `clientMessageId` is stored once. */
  #store(
    frame: Extract<ClientFrame, { type: 'chat_message' | 'direct_message' }>,
    room: FakeRoom | undefined,
  ): void {
    if (room === undefined || !this.#opened.has(room.id)) {
      this.#reject(frame, 'NOT_IN_ROOM');
      return;
    }
    // A message to a user has no parent and no attachments.
    const payload = frame.payload as ClientPayload<'chat_message'>;
    const { content, parentMessageId, clientMessageId, attachments } = payload;
    const earlier = room.messages.find((each) => each.clientMessageId === clientMessageId);
    const timestamp = this.#now();
    const fields = {
      ...{ content, timestamp },
      ...(parentMessageId === undefined ? {} : { parentMessageId: parentMessageId as MessageId }),
      ...(clientMessageId === undefined
        ? {}
        : { clientMessageId: clientMessageId as ClientMessageId }),
      // Objects have the form that the client gave them.
      ...(attachments === undefined ? {} : { attachments: attachments as Attachment[] }),
    };
    const message = earlier ?? room.add(this.#me, fields);
    this.#markRead(room, message.sequence);
    if (earlier === undefined) {
      for (const socket of this.#flat.values()) socket.tell(room, 'chat_message', message);
    }
    const duplicate = earlier !== undefined;
    const { id, sequence } = message;
    const ack = { id, roomId: room.id, sequence, timestamp: message.timestamp, duplicate };
    const key =
      message.clientMessageId === undefined ? {} : { clientMessageId: message.clientMessageId };
    this.#send('message_ack', { ...ack, ...key }, frame.id);
  }

  #changeOwn(frame: ClientFrame, change: FakeChange): void {
    // A command that changes a message names it.
    const { roomId, messageId: id } = frame.payload as unknown as MessageTarget;
    const room = this.#rooms.get(roomId);
    if (room?.find(id) === undefined) {
      this.#reject(frame, 'NOT_FOUND');
      return;
    }
    const timestamp = this.#now();
    const { payload } = room.change(this.#me.id, id, change, timestamp);
    const sequence = payload.sequence ?? 0;
    this.#send(
      'message_ack',
      { id, roomId: room.id, sequence, timestamp, duplicate: false },
      frame.id,
    );
  }

  #page(frame: Extract<ClientFrame, { type: 'get_history' }>): void {
    const { roomId, around, limit = 50, ...bounds } = frame.payload;
    const all = this.#room(roomId).messages;
    const toSequence = (bound: number | string | undefined): number | undefined =>
      typeof bound === 'string' ? all.find(({ id: known }) => known === bound)?.sequence : bound;
    const [before, after] = [toSequence(bounds.before), toSequence(bounds.after)];
    const id = roomId as RoomId;
    if (before !== undefined || (after === undefined && around === undefined)) {
      const below = all.filter(({ sequence }) => sequence < (before ?? Number.POSITIVE_INFINITY));
      const messages = below.slice(-limit);
      this.#send('history', { roomId: id, messages, hasMore: below.length > limit }, frame.id);
      return;
    }
    const half = after === undefined ? Math.floor(limit / 2) : 0;
    const isFrom = ({ id: messageId, sequence }: { id: string; sequence: number }): boolean =>
      typeof around === 'string' ? messageId === around : sequence >= (around ?? (after ?? 0) + 1);
    const found = all.findIndex(isFrom);
    const first = found < 0 ? all.length : found;
    const start = Math.max(0, first - half);
    const messages = all.slice(start, first + limit - half);
    const hasNewer = start + messages.length < all.length;
    const anchor = all[first] ?? all.at(-1);
    const anchored = anchor === undefined ? {} : { anchorSequence: anchor.sequence };
    const ends = half > 0 ? { hasMore: start > 0, hasNewer, ...anchored } : { hasMore: hasNewer };
    this.#send('history', { roomId: id, messages, ...ends }, frame.id);
  }

  #thread(frame: Extract<ClientFrame, { type: 'get_thread' }>): void {
    const { roomId, messageId } = frame.payload;
    const room = this.#room(roomId);
    const parent = room.find(messageId);
    const messages = room.messages.filter((each) => each.parentMessageId === messageId);
    const page = { roomId: room.id, messages, hasMore: false };
    this.#send('thread', { ...page, ...(parent === undefined ? {} : { parent }) }, frame.id);
  }

  #directRoom(recipientId: string | undefined, recipient: string | undefined): FakeRoom {
    const username = recipient ?? (recipientId ?? '').replace(/^user-/, '');
    const id = `direct-${username}` as RoomId;
    const room = this.#rooms.get(id) ?? new FakeRoom(id, username, userOf(username));
    this.#rooms.set(id, room);
    this.#opened.add(id);
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

  #tell<T extends ServerFrameType>(room: FakeRoom, type: T, payload: ServerFrames[T]): void {
    const { id: roomId, head: headSequence } = room;
    if (this.#opened.has(roomId)) this.#send(type, payload);
    else if (type !== 'user_typing') {
      this.#send('room_activity', { roomId, headSequence, ...this.#unreadOf(roomId) });
    }
    for (const socket of this.#flat.values()) socket.tell(room, type, payload);
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
    const mentionCount = unread.filter(({ content }) => mentions(content, username)).length;
    return { unreadCount: unread.length, mentionCount };
  }

  #takeRejection(type: string): ErrorCode | undefined {
    const rejected = this.#rejections.findIndex((each) => each.type === type);
    return rejected < 0 ? undefined : this.#rejections.splice(rejected, 1)[0]?.code;
  }

  #flatHost(): FlatHost {
    return {
      me: this.#me,
      findRoom: (id) => this.#rooms.get(id),
      directRoom: (userId) => this.#directRoom(userId, undefined),
      markRead: (room, sequence) => this.#markRead(room, sequence),
      takeRejection: (type) => this.#takeRejection(type),
      store: (room, sent, from) => this.#storeFlat(room, sent, from),
    };
  }

  #storeFlat(room: FakeRoom, sent: FlatMessage, from?: FakeFlatSocket): ChatMessagePayload {
    const { content, clientMessageId, replyTo } = sent;
    const earlier = room.messages.find((each) => each.clientMessageId === clientMessageId);
    if (clientMessageId !== undefined && earlier !== undefined) return earlier;
    const message = room.add(this.#me, {
      ...{ content, timestamp: this.#now() },
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
      ...(replyTo === undefined ? {} : { parentMessageId: replyTo as MessageId }),
    });
    this.#markRead(room, message.sequence);
    if (this.#opened.has(room.id)) this.#send('chat_message', message);
    for (const socket of this.#flat.values()) {
      if (socket !== from) socket.tell(room, 'chat_message', message);
    }
    return message;
  }

  /** The requests of the client; nothing else is served. */
  #answerHttp(url: string, init: RequestInit | undefined): Response {
    if (!this.#environment.isReachable) throw new TypeError('The fake server is not reachable');
    const { pathname, searchParams } = new URL(url);
    const [, , area, id] = pathname.split('/');
    if (area === 'channels') {
      const room = this.#room(id ?? '');
      const before = searchParams.get('before');
      const limit = Number(searchParams.get('limit') ?? 50);
      const page = pageOf(room, { limit, ...(before === null ? {} : { before: Number(before) }) });
      const messages = page.messages.map((each) => wireOf(each, room, this.#me, this.#me));
      return Response.json({ ...page, messages });
    }
    if (area === 'messages') {
      const sent = JSON.parse(`${init?.body}`) as FlatMessage & Record<string, string | undefined>;
      const { channelId, recipientId = '' } = sent;
      const room = channelId ? this.#room(channelId) : this.#directRoom(recipientId, undefined);
      const message = this.#storeFlat(room, sent);
      const user = channelId ? this.#me : undefined;
      return Response.json({ message: wireOf(message, room, user, this.#me) });
    }
    const rooms = [...this.#rooms.values()].filter(({ person }) => person !== undefined);
    const conversations = rooms.map((room) => {
      const lastMessage = room.messages.at(-1);
      return { id: room.id, kind: 'direct', person: room.person, lastMessage };
    });
    return Response.json({ user: this.#me, users: [], conversations });
  }

  #reject({ type: originalType, id }: ClientFrame, code: ErrorCode): void {
    this.#send('error', { code, message: `Rejected with ${code}`, originalType }, id);
  }

  #send<T extends ServerFrameType>(type: T, payload: ServerFrames[T], replyTo?: string): void {
    this.#socket?.deliver({ type, payload, timestamp: this.#now(), replyTo });
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
