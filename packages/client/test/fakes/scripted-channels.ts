/**
 * `/ws/chat` and its HTTP routes in memory, for one client, alice: one log per channel, a
 * retry is the same message, and missed events come before `joined_channel`. `post`,
 * `edit`, `remove` and `read` play other users.
 *
 * Frames to the client are queued until `flush`; queued frames are lost when the
 * connection is cut.
 */
import type {
  ChannelMessage,
  ClientMessageId,
  Epoch,
  ErrorCode,
  MessageId,
  RoomId,
  UserId,
} from '@parley/protocol';
import { FakeEnvironment, type FakeSocket } from './fake-environment.ts';
import { ALICE, BOB } from './scripted-server.ts';

interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

type LogEvent = { readonly sequence: number; readonly messageId: MessageId } & (
  | { readonly kind: 'message' }
  | { readonly kind: 'edit'; readonly content: string }
  | { readonly kind: 'deletion' }
  /** Not sent to clients in this dialect. */
  | { readonly kind: 'reaction' }
);

interface ScriptedChannel {
  readonly id: RoomId;
  epoch: Epoch;
  messages: ChannelMessage[];
  events: LogEvent[];
  head: number;
}

/** No two edits have the same time. */
function editedAtOf(sequence: number): string {
  return new Date(Date.UTC(2026, 1, 1) + sequence * 1_000).toISOString();
}

export class ScriptedChannels {
  readonly environment = new FakeEnvironment();
  readonly channels = new Map<RoomId, ScriptedChannel>();
  /** Behaviour of the HTTP side; `down` is a network that does not answer. */
  http: 'up' | 'down' = 'up';
  catchUpMax = 1_000;
  /** Answers the next frame of this type, or the next post, with the error. */
  readonly refusals: { type: string; code: ErrorCode; retryAfter?: number }[] = [];
  readonly forbidden = new Set<RoomId>();
  /** Requested paths with their methods. */
  readonly requests: string[] = [];
  readonly #joined = new Set<RoomId>();
  #socket: FakeSocket | undefined;
  #queue: Frame[] = [];
  /** Owner of the cookie, as HTTP reports it. */
  loggedIn: { readonly id: string; readonly username: string } = ALICE;

  constructor() {
    this.environment.answer = (url, init) => this.#answer(url, init);
  }

  get isJoined(): ReadonlySet<RoomId> {
    return this.#joined;
  }

  channel(name: string): ScriptedChannel {
    const id = `r-${name}` as RoomId;
    const made = { id, epoch: 'e1' as Epoch, messages: [], events: [], head: 0 };
    const channel: ScriptedChannel = this.channels.get(id) ?? made;
    this.channels.set(id, channel);
    return channel;
  }

  /** Accepts the socket that the client opened last, and sends the greeting. */
  accept(): void {
    const socket = this.environment.socket;
    this.#socket = socket;
    this.#joined.clear();
    this.#queue = [];
    // The client uses this dialect on this socket.
    socket.onSent = (frame) => this.#take(frame as unknown as Frame);
    socket.upgrade();
    this.#push({ type: 'connected', userId: ALICE.id, username: ALICE.username });
    this.flush(1);
  }

  flush(count = Number.POSITIVE_INFINITY): void {
    for (let delivered = 0; delivered < count; delivered += 1) {
      const frame = this.#queue.shift();
      if (frame === undefined) return;
      this.#socket?.text(JSON.stringify(frame));
    }
  }

  cut(code = 1006): void {
    this.#queue = [];
    const socket = this.#socket;
    this.#socket = undefined;
    this.#joined.clear();
    if (socket === undefined) return;
    socket.onSent = undefined;
    socket.end(code);
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  post(name: string, content: string): ChannelMessage {
    const channel = this.channel(name);
    const message = this.#store(channel, { content, sender: BOB });
    this.#tell(channel.id, { type: 'new_message', message });
    return message;
  }

  edit(name: string, messageId: MessageId, content: string): void {
    const channel = this.channel(name);
    const sequence = this.#log(channel, { kind: 'edit', messageId, content });
    const editedAt = editedAtOf(sequence);
    this.#change(channel, messageId, (message) => ({ ...message, content, editedAt }));
    const change = { channelId: channel.id, messageId, sequence };
    this.#tell(channel.id, { type: 'message_edited', ...change, content, editedAt });
  }

  remove(name: string, messageId: MessageId): void {
    const channel = this.channel(name);
    this.#change(channel, messageId, ({ editedAt: _, ...message }) => ({
      ...message,
      content: '',
      deleted: true,
    }));
    const sequence = this.#log(channel, { kind: 'deletion', messageId });
    this.#tell(channel.id, { type: 'message_deleted', channelId: channel.id, messageId, sequence });
  }

  /** Takes a sequence of the log and is sent to no client. */
  react(name: string, messageId: MessageId): void {
    this.#log(this.channel(name), { kind: 'reaction', messageId });
  }

  read(name: string, messageId: MessageId, userId: UserId = BOB.id): void {
    const channel = this.channel(name);
    const upTo = channel.messages.find(({ id }) => id === messageId)?.sequence ?? 0;
    for (const { id, sequence, readBy } of channel.messages) {
      if (sequence > upTo || readBy.includes(userId)) continue;
      this.#change(channel, id, (message) => ({ ...message, readBy: [...readBy, userId] }));
    }
    this.#tell(channel.id, { type: 'message_read', channelId: channel.id, messageId, userId });
  }

  /** Sends a frame to the client immediately. */
  tell(frame: Frame): void {
    this.#push(frame);
    this.flush();
  }

  #take(frame: Frame): void {
    if (frame.type === 'ping') {
      this.#push({ type: 'pong' });
      return;
    }
    // All frames except ping name a channel; these fields are strings if present.
    const { channelId, clientMessageId } = frame as unknown as {
      readonly channelId: RoomId;
      readonly clientMessageId?: ClientMessageId;
    };
    const refused = this.#refusalOf(frame.type, channelId);
    if (refused !== undefined) {
      const subject = { originalType: frame.type, channelId, clientMessageId };
      this.#push({ type: 'error', message: 'no', ...refused, ...subject });
      return;
    }
    switch (frame.type) {
      case 'join_channel':
        this.#join(channelId, frame['lastSequence'], frame['epoch']);
        break;
      case 'leave_channel':
        this.#joined.delete(channelId);
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

  #refusalOf(type: string, channelId: RoomId): object | undefined {
    if (type === 'join_channel' && this.forbidden.has(channelId)) return { code: 'FORBIDDEN' };
    if (type === 'send_message' && !this.#joined.has(channelId)) return { code: 'NOT_IN_ROOM' };
    const { code, retryAfter } = this.#takeRefusal(type) ?? {};
    if (code === undefined) return undefined;
    return { code, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }

  #takeRefusal(
    type: string,
  ): { readonly code: ErrorCode; readonly retryAfter?: number } | undefined {
    const index = this.refusals.findIndex((refusal) => refusal.type === type);
    return index < 0 ? undefined : this.refusals.splice(index, 1)[0];
  }

  #join(channelId: RoomId, lastSequence: unknown, epoch: unknown): void {
    const channel = this.channels.get(channelId);
    if (channel === undefined) {
      const subject = { originalType: 'join_channel', channelId };
      this.#push({ type: 'error', code: 'NOT_FOUND', message: 'no', ...subject });
      return;
    }
    this.#joined.add(channelId);
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
    this.#push({ type: 'joined_channel', channelId, ...place });
    this.#push({ ...BOB_IS_HERE, channelId });
  }

  /** An event in its current form. */
  #replay({ id: channelId, messages }: ScriptedChannel, event: LogEvent): void {
    const { sequence, messageId } = event;
    const message = messages.find(({ id }) => id === messageId);
    if (event.kind === 'message') this.#push({ type: 'new_message', message });
    if (event.kind === 'edit') {
      const content = message?.content ?? '';
      const editedAt = message?.editedAt ?? editedAtOf(sequence);
      const change = { channelId, messageId, sequence, content, editedAt };
      // The text of a deleted message is removed everywhere.
      if (message?.deleted !== true) this.#push({ type: 'message_edited', ...change });
    }
    if (event.kind === 'deletion') {
      this.#push({ type: 'message_deleted', channelId, messageId, sequence });
    }
  }

  #send(channelId: RoomId, content: string, clientMessageId: ClientMessageId | undefined): void {
    const message = this.#storeOnce(this.channel(channelId.slice(2)), content, clientMessageId);
    this.#push({ type: 'message_sent', clientMessageId, message });
  }

  #storeOnce(
    channel: ScriptedChannel,
    content: string,
    clientMessageId: ClientMessageId | undefined,
  ): ChannelMessage {
    const earlier = channel.messages.find((each) => each.clientMessageId === clientMessageId);
    return earlier ?? this.#store(channel, { content, clientMessageId, sender: ALICE });
  }

  #store(
    channel: ScriptedChannel,
    draft: {
      readonly content: string;
      readonly sender: { readonly id: UserId; readonly username: string };
      readonly clientMessageId?: ClientMessageId | undefined;
    },
  ): ChannelMessage {
    const { content, sender, clientMessageId } = draft;
    const id = `m-${channel.id}-${channel.head + 1}` as MessageId;
    const sequence = this.#log(channel, { kind: 'message', messageId: id });
    const message: ChannelMessage = {
      id,
      channelId: channel.id,
      senderId: sender.id,
      senderName: sender.username,
      content,
      createdAt: new Date(Date.UTC(2026, 0, 31, 12) + sequence * 1_000).toISOString(),
      sequence,
      readBy: [sender.id],
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    };
    channel.messages.push(message);
    // The author of a message has read it.
    for (const each of channel.messages) {
      if (each.readBy.includes(sender.id)) continue;
      this.#change(channel, each.id, (old) => ({ ...old, readBy: [...old.readBy, sender.id] }));
    }
    return message;
  }

  #log(channel: ScriptedChannel, event: DistributiveOmit<LogEvent, 'sequence'>): number {
    channel.head += 1;
    channel.events.push({ ...event, sequence: channel.head });
    return channel.head;
  }

  #change(
    channel: ScriptedChannel,
    messageId: MessageId,
    change: (message: ChannelMessage) => ChannelMessage,
  ): void {
    channel.messages = channel.messages.map((each) =>
      each.id === messageId ? change(each) : each,
    );
  }

  #tell(channelId: RoomId, frame: Frame): void {
    if (this.#joined.has(channelId)) this.#push(frame);
  }

  #push(frame: Frame): void {
    this.#queue.push(frame);
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
    const channel = this.channels.get(pathname.split('/')[3] as RoomId);
    if (channel === undefined)
      return Response.json({ error: { code: 'NOT_FOUND' } }, { status: 404 });
    const before = Number(searchParams.get('before') ?? Number.POSITIVE_INFINITY);
    const limit = Number(searchParams.get('limit'));
    const older = channel.messages.filter(({ sequence }) => sequence < before);
    return Response.json({ messages: older.slice(-limit), hasMore: older.length > limit });
  }

  #answerPost(body: string): Response {
    const refusal = this.#takeRefusal('post');
    if (refusal !== undefined) {
      return Response.json({ error: { message: 'no', ...refusal } }, { status: 400 });
    }
    const { channelId, content, clientMessageId } = JSON.parse(body) as {
      channelId: RoomId;
      content: string;
      clientMessageId: ClientMessageId;
    };
    const channel = this.channel(channelId.slice(2));
    const headBefore = channel.head;
    const message = this.#storeOnce(channel, content, clientMessageId);
    if (channel.head > headBefore) this.#tell(channelId, { type: 'new_message', message });
    return Response.json({ message }, { status: 201 });
  }
}

const BOB_IS_HERE = {
  type: 'user_presence',
  userId: BOB.id,
  username: BOB.username,
  status: 'online',
};

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
