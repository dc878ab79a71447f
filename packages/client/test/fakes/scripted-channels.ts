/**
 * `/ws/chat` and its HTTP routes of the scripted server. Missed events come before
 * `joined_channel`. `edit`, `remove`, `react` and `read` play other users.
 */
import type { ChannelMessage, ClientMessageId, MessageId, RoomId, UserId } from '@parley/protocol';
import {
  ALICE,
  BOB,
  type Draft,
  type Frame,
  type LogEvent,
  type ScriptedRoom,
  ScriptedServer,
} from './scripted-server.ts';

type Channel = ScriptedRoom<ChannelMessage>;

/** No two edits have the same time. */
function editedAtOf(sequence: number): string {
  return new Date(Date.UTC(2026, 1, 1) + sequence * 1_000).toISOString();
}

export class ChannelsServer extends ScriptedServer<ChannelMessage> {
  /** Behaviour of the HTTP side; `down` is a network that does not answer. */
  http: 'up' | 'down' = 'up';
  /** Requested paths with their methods. */
  readonly requests: string[] = [];
  /** Owner of the cookie, as HTTP reports it. */
  loggedIn: { readonly id: string; readonly username: string } = ALICE;

  constructor() {
    super();
    this.environment.answer = (url, init) => this.#answer(url, init);
  }

  protected greeting(): object {
    return { type: 'connected', userId: ALICE.id, username: ALICE.username };
  }

  protected toFrame(message: ChannelMessage): object {
    return { type: 'new_message', message };
  }

  edit(name: string, messageId: MessageId, content: string): void {
    const channel = this.room(name);
    const sequence = this.log(channel, { kind: 'edit', messageId, content });
    const editedAt = editedAtOf(sequence);
    this.#change(channel, messageId, (message) => ({ ...message, content, editedAt }));
    const change = { channelId: channel.id, messageId, sequence };
    this.broadcast(channel.id, { type: 'message_edited', ...change, content, editedAt });
  }

  remove(name: string, messageId: MessageId): void {
    const channel = this.room(name);
    this.#change(channel, messageId, ({ editedAt: _, ...message }) => ({
      ...message,
      content: '',
      deleted: true,
    }));
    const sequence = this.log(channel, { kind: 'deletion', messageId });
    this.broadcast(channel.id, {
      type: 'message_deleted',
      channelId: channel.id,
      messageId,
      sequence,
    });
  }

  /** Takes a sequence of the log and is sent to no client. */
  react(name: string, messageId: MessageId): void {
    this.log(this.room(name), { kind: 'reaction', messageId });
  }

  read(name: string, messageId: MessageId, userId: UserId = BOB.id): void {
    const channel = this.room(name);
    const upTo = channel.messages.find(({ id }) => id === messageId)?.sequence ?? 0;
    for (const { id, sequence, readBy } of channel.messages) {
      if (sequence > upTo || readBy.includes(userId)) continue;
      this.#change(channel, id, (message) => ({ ...message, readBy: [...readBy, userId] }));
    }
    this.broadcast(channel.id, { type: 'message_read', channelId: channel.id, messageId, userId });
  }

  protected override receive(frame: Frame): void {
    if (frame.type === 'ping') {
      this.push({ type: 'pong' });
      return;
    }
    // All frames except ping name a channel; these fields are strings if present.
    const { channelId, clientMessageId } = frame as unknown as {
      readonly channelId: RoomId;
      readonly clientMessageId?: ClientMessageId;
    };
    const rejection = this.#rejectionOf(frame.type, channelId);
    if (rejection !== undefined) {
      const subject = { originalType: frame.type, channelId, clientMessageId };
      this.push({ type: 'error', message: 'no', ...rejection, ...subject });
      return;
    }
    switch (frame.type) {
      case 'join_channel':
        this.#join(channelId, frame['lastSequence'], frame['epoch']);
        break;
      case 'leave_channel':
        this.openRooms.delete(channelId);
        break;
      case 'send_message':
        this.#send(channelId, String(frame['content']), clientMessageId);
        break;
      case 'mark_read':
        this.read(channelId.slice(2), frame['messageId'] as MessageId, ALICE.id);
        break;
      default:
    }
  }

  #rejectionOf(type: string, channelId: RoomId): object | undefined {
    if (type === 'join_channel' && this.forbidden.has(channelId)) return { code: 'FORBIDDEN' };
    if (type === 'send_message' && !this.openRooms.has(channelId)) return { code: 'NOT_IN_ROOM' };
    return this.takeRejection(type);
  }

  #join(channelId: RoomId, lastSequence: unknown, epoch: unknown): void {
    const channel = this.rooms.get(channelId);
    if (channel === undefined) {
      const subject = { originalType: 'join_channel', channelId };
      this.push({ type: 'error', code: 'NOT_FOUND', message: 'no', ...subject });
      return;
    }
    this.openRooms.add(channelId);
    const missed = typeof lastSequence === 'number' ? channel.head - lastSequence : 0;
    const isForeign = epoch !== undefined && epoch !== channel.epoch;
    const truncated = missed > this.catchUpMax || missed < 0 || isForeign;
    if (typeof lastSequence === 'number' && !truncated) {
      for (const event of channel.events.filter((each) => each.sequence > lastSequence)) {
        this.#replay(channel, event);
      }
    }
    const { head: headSequence, epoch: current } = channel;
    const place = { headSequence, epoch: current, truncated };
    this.push({ type: 'joined_channel', channelId, ...place });
    this.push({ ...BOB_IS_HERE, channelId });
  }

  /** An event in its current form. */
  #replay({ id: channelId, messages }: Channel, event: LogEvent): void {
    const { sequence, messageId } = event;
    const message = messages.find(({ id }) => id === messageId);
    if (event.kind === 'message') this.push({ type: 'new_message', message });
    if (event.kind === 'edit') {
      const content = message?.content ?? '';
      const editedAt = message?.editedAt ?? editedAtOf(sequence);
      const change = { channelId, messageId, sequence, content, editedAt };
      // The text of a deleted message is removed everywhere.
      if (message?.deleted !== true) this.push({ type: 'message_edited', ...change });
    }
    if (event.kind === 'deletion') {
      this.push({ type: 'message_deleted', channelId, messageId, sequence });
    }
  }

  #send(channelId: RoomId, content: string, clientMessageId: ClientMessageId | undefined): void {
    const { message } = this.storeOnce(this.room(channelId.slice(2)), content, clientMessageId);
    this.push({ type: 'message_sent', clientMessageId, message });
  }

  protected toMessage(
    channel: Channel,
    { content, sender, clientMessageId }: Draft,
    stored: { readonly id: MessageId; readonly sequence: number },
  ): ChannelMessage {
    // The author of a message has read the earlier ones.
    for (const { id, readBy } of channel.messages) {
      if (readBy.includes(sender.id)) continue;
      this.#change(channel, id, (old) => ({ ...old, readBy: [...old.readBy, sender.id] }));
    }
    return {
      ...stored,
      channelId: channel.id,
      senderId: sender.id,
      senderName: sender.username,
      content,
      createdAt: new Date(Date.UTC(2026, 0, 31, 12) + stored.sequence * 1_000).toISOString(),
      readBy: [sender.id],
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    };
  }

  #change(
    channel: Channel,
    messageId: MessageId,
    change: (message: ChannelMessage) => ChannelMessage,
  ): void {
    channel.messages = channel.messages.map((each) =>
      each.id === messageId ? change(each) : each,
    );
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
    const channel = this.rooms.get(pathname.split('/')[3] as RoomId);
    if (channel === undefined)
      return Response.json({ error: { code: 'NOT_FOUND' } }, { status: 404 });
    const before = Number(searchParams.get('before') ?? Number.POSITIVE_INFINITY);
    const limit = Number(searchParams.get('limit'));
    const older = channel.messages.filter(({ sequence }) => sequence < before);
    return Response.json({ messages: older.slice(-limit), hasMore: older.length > limit });
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
    const channel = this.room(channelId.slice(2));
    const { message, isDuplicate } = this.storeOnce(channel, content, clientMessageId);
    if (!isDuplicate) this.broadcast(channelId, this.toFrame(message));
    return Response.json({ message }, { status: 201 });
  }
}

const BOB_IS_HERE = {
  type: 'user_presence',
  userId: BOB.id,
  username: BOB.username,
  status: 'online',
};
