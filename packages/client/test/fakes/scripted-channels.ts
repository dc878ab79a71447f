/**
 * `/ws/chat` and its HTTP routes of the scripted server, whose native frames it translates. `edit`,
 * `remove`, `react` and `read` play other users.
 */
import assert from 'node:assert/strict';
import type { ChannelMessage, ClientMessageId, MessageId, RoomId, UserId } from '@parley/protocol';
import { CHANNELS } from '../../src/core/flat/channels.ts';
import { type ReceivedMessage, toMessage } from '../../src/core/messages/message.ts';
import { FakeFlatConnection } from '../../src/testing/fake-flat.ts';
import { pageOf } from '../../src/testing/fake-room.ts';
import { type Draft, NativeServer, type Room } from './scripted-native.ts';
import { ALICE, BOB, type Frame } from './scripted-server.ts';

export class ChannelsServer extends NativeServer {
  /** Behaviour of the HTTP side; `down` is a network that does not answer. */
  http: 'up' | 'down' = 'up';
  /** Requested paths with their methods. */
  readonly requests: string[] = [];
  /** Owner of the cookie, as HTTP reports it. */
  loggedIn: { readonly id: string; readonly username: string } = ALICE;
  readonly #translator = new FakeFlatConnection(
    {
      me: ALICE,
      now: () => '',
      findRoom: (id) => {
        const { messages } = this.rooms.get(id) ?? {};
        const find = (wanted: string) => messages?.find((each) => each.id === wanted);
        return messages && { id, person: undefined, messages, find };
      },
      takeRejection: () => undefined,
      run: (frame) => super.receive(frame as unknown as Frame),
    },
    { deliver: (frame) => super.push(frame), end: () => {} },
    CHANNELS.path,
  );

  constructor() {
    super();
    this.environment.answer = (url, init) => this.#answer(url, init);
  }

  /** The messages of a room in the form of this dialect. */
  messages(name: string): ChannelMessage[] {
    return this.room(name).messages.map(wireOf);
  }

  edit(name: string, messageId: MessageId, content: string): void {
    const room = this.room(name);
    // No two edits have the same time.
    const editedAt = new Date(Date.UTC(2026, 1, 1) + room.head * 1_000).toISOString();
    this.#change(room, messageId, (message) => ({ ...message, content, editedAt }));
    const payload = { ...this.#place(room, messageId), content, editedAt };
    this.#publish(room, { type: 'message_edited', payload });
  }

  remove(name: string, messageId: MessageId): void {
    const room = this.room(name);
    this.#change(room, messageId, ({ editedAt: _, ...message }) => ({
      ...message,
      content: '',
      deleted: true,
    }));
    // The text of a deleted message is removed everywhere.
    room.events = room.events.filter(({ payload }) => payload.messageId !== messageId);
    this.#publish(room, { type: 'message_deleted', payload: this.#place(room, messageId) });
  }

  /** Takes a sequence of the log and is sent to no client. */
  react(name: string): void {
    this.room(name).head += 1;
  }

  read(name: string, messageId: MessageId, userId: UserId = BOB.id): void {
    const room = this.room(name);
    this.#addReader(room, room.messages.find(({ id }) => id === messageId)?.sequence ?? 0, userId);
    const receipt = { channelId: room.id, messageId, userId };
    this.broadcast(room.id, { type: 'message_read', ...receipt });
  }

  protected override receive(frame: Frame): void {
    // These fields are strings if present.
    const { type, channelId, clientMessageId } = frame as unknown as {
      readonly type: string;
      readonly channelId: RoomId;
      readonly clientMessageId?: ClientMessageId;
    };
    const rejection = this.#rejectionOf(type, channelId);
    if (rejection !== undefined) {
      const subject = { originalType: type, channelId, clientMessageId };
      this.push({ type: 'error', message: 'no', ...rejection, ...subject });
      return;
    }
    this.#translator.onText(JSON.stringify(frame));
    if (type === 'join_channel' && this.rooms.has(channelId)) {
      this.push({ ...BOB_IS_HERE, channelId });
    }
  }

  /** Translates native frames. */
  protected override push(frame: object): void {
    const { type, payload } = frame as { readonly type: never; readonly payload?: never };
    if (payload === undefined) super.push(frame);
    else this.#translator.send(type, payload);
  }

  /** The author of a message has read it, and the earlier ones. */
  protected override store(room: Room, draft: Draft): ReceivedMessage {
    const { id, sequence } = super.store(room, draft);
    this.#addReader(room, sequence, draft.sender.id);
    return room.messages.find((each) => each.id === id) ?? assert.fail();
  }

  #rejectionOf(type: string, channelId: RoomId): object | undefined {
    if (type === 'join_channel' && this.forbidden.has(channelId)) return { code: 'FORBIDDEN' };
    if (type === 'send_message' && !this.openRooms.has(channelId)) return { code: 'NOT_IN_ROOM' };
    return this.takeRejection(type);
  }

  /** The next place in the log. */
  #place(room: Room, messageId: MessageId) {
    room.head += 1;
    return { roomId: room.id, messageId, sequence: room.head, userId: BOB.id };
  }

  #publish(room: Room, event: Room['events'][number]): void {
    room.events.push(event);
    this.broadcast(room.id, event);
  }

  #change(
    room: Room,
    messageId: MessageId,
    change: (message: ReceivedMessage) => ReceivedMessage,
  ): void {
    room.messages = room.messages.map((each) => (each.id === messageId ? change(each) : each));
  }

  #addReader(room: Room, upTo: number, userId: UserId): void {
    room.messages = room.messages.map((message) => {
      const { readers = [], sequence } = message;
      const isKnown = readers.some((reader) => reader.userId === userId);
      return sequence > upTo || isKnown
        ? message
        : { ...message, readers: [...readers, { userId }] };
    });
  }

  async #answer(url: string, init?: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url);
    this.requests.push(`${init?.method ?? 'GET'} ${pathname}`);
    // The request takes one turn in every case.
    await Promise.resolve();
    if (this.http === 'down') throw new TypeError('fetch failed');
    if (pathname === '/api/auth/me') {
      return this.environment.session === 'valid'
        ? Response.json({ user: this.loggedIn })
        : Response.json({ error: { code: 'UNAUTHENTICATED' } }, { status: 401 });
    }
    if (pathname === '/api/messages') return this.#answerPost(String(init?.body));
    const room = this.rooms.get(pathname.split('/')[3] as RoomId);
    if (room === undefined) {
      return Response.json({ error: { code: 'NOT_FOUND' } }, { status: 404 });
    }
    const before = Number(searchParams.get('before') ?? Number.POSITIVE_INFINITY);
    const page = pageOf(room.messages, { before, limit: Number(searchParams.get('limit')) });
    return Response.json({ ...page, messages: page.messages.map(wireOf) });
  }

  #answerPost(body: string): Response {
    const rejection = this.takeRejection('post');
    if (rejection !== undefined) {
      return Response.json({ error: { message: 'no', ...rejection } }, { status: 400 });
    }
    const { channelId, content, clientMessageId } = JSON.parse(body) as {
      channelId: RoomId;
      content: string;
      clientMessageId: ClientMessageId;
    };
    const room = this.room(channelId.slice(2));
    const { message: stored, isDuplicate } = this.storeOnce(room, content, clientMessageId);
    const message = wireOf(stored);
    if (!isDuplicate) this.broadcast(channelId, { type: 'new_message', message });
    return Response.json({ message }, { status: 201 });
  }
}

function wireOf(message: ReceivedMessage): ChannelMessage {
  return CHANNELS.toWire(toMessage(message));
}

const BOB_IS_HERE = {
  type: 'user_presence',
  userId: BOB.id,
  username: BOB.username,
  status: 'online',
};
