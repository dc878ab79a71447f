/** A client of alice at `/messagepal`, whose server sends what the test scripts. */
import {
  type DirectMessage,
  ERROR_CODES,
  type ErrorCode,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import { DIRECT } from '../../src/core/flat/direct.ts';
import { FlatClient } from '../../src/core/flat/flat-client.ts';
import {
  createInboxViewSelector,
  createRoomViewSelector,
  type RoomView,
} from '../../src/core/flat/room-view.ts';
import { settle } from './fake-environment.ts';
import { ScriptedConnection } from './scripted-server.ts';

export const WITH_BOB = 'c-bob' as RoomId;
export const BOB = 'u-bob' as UserId;
export const ALICE = 'u-alice' as UserId;

/** From bob by default. */
export function message(sequence: number, over: Partial<DirectMessage> = {}): DirectMessage {
  return {
    id: `m${sequence}` as MessageId,
    conversationId: WITH_BOB,
    senderId: BOB,
    senderName: 'bob',
    recipientId: ALICE,
    content: `message ${sequence}`,
    createdAt: new Date(Date.UTC(2026, 0, 31, 12) + sequence * 1_000).toISOString(),
    sequence,
    ...over,
  };
}

/** The test sends every frame but the greeting. */
class DirectServer extends ScriptedConnection {
  protected greeting(): object {
    return { type: 'connected', userId: ALICE, role: 'teacher' };
  }
}

export class DirectScene {
  readonly server = new DirectServer();
  readonly environment = this.server.environment;
  readonly client = new FlatClient({
    serverUrl: 'http://server',
    environment: this.environment,
    dialect: DIRECT,
  });
  readonly #viewer = createRoomViewSelector(WITH_BOB, DIRECT.toWire);
  readonly #selectAllConversationsView = createInboxViewSelector(DIRECT.toWire);
  /** Pending requests for the list of conversations. */
  #lists: ((response: Response) => void)[] = [];

  /** In the conversation with bob. */
  view(): RoomView<DirectMessage> {
    return this.#viewer(this.client.getSnapshot());
  }

  inbox(): RoomView<DirectMessage> {
    return this.#selectAllConversationsView(this.client.getSnapshot());
  }

  /** Only the test answers requests for the list; other HTTP requests fail. */
  holdLists(): void {
    this.environment.answer = (url) => {
      if (!url.endsWith('/api/conversations')) return Promise.reject(new TypeError('fetch failed'));
      return new Promise((resolve) => {
        this.#lists.push(resolve);
      });
    };
  }

  get waitingLists(): number {
    return this.#lists.length;
  }

  /**
   * Answers the oldest request for the list: each conversation with the sequence of its
   * last message.
   */
  async list(heads: Readonly<Record<string, number>>): Promise<void> {
    const conversations = Object.entries(heads).map(([id, sequence]) => ({
      id,
      kind: 'direct',
      lastMessage: { sequence },
    }));
    await this.#answerList(Response.json({ conversations }));
  }

  async rejectList(code: ErrorCode): Promise<void> {
    const { status } = ERROR_CODES[code];
    await this.#answerList(Response.json({ error: { code, message: 'no' } }, { status }));
  }

  strings(view = this.view()): string[] {
    return view.messages.map(({ content, status }) => `${content} ${status}`);
  }

  send(type: string, fields: object): void {
    this.server.send({ type, ...fields });
  }

  receive(...messages: readonly DirectMessage[]): void {
    for (const each of messages) this.send('message_received', { message: each });
  }

  /** The answer to a subscription, sent after the missed messages. */
  subscribed(headSequence: number, { truncated = false, conversationId = WITH_BOB } = {}): void {
    this.send('subscribed', { conversationId, headSequence, epoch: 'e1', truncated });
  }

  /** Frames of the current connection. */
  sent(): Record<string, unknown>[] {
    // Frames of this dialect have their fields next to the type.
    return this.environment.socket.sent as unknown as Record<string, unknown>[];
  }

  /** For each subscription the conversation and the position. */
  subscriptions(): unknown[][] {
    return this.sent()
      .filter(({ type }) => type === 'subscribe')
      .map(({ conversationId, lastSequence }) => [conversationId, lastSequence]);
  }

  /** Continues to the greeting of the next connection. */
  comeBack(): void {
    this.client.reconnect();
    this.server.accept();
  }

  /** Subscribed at the head, with these messages as the newest page. */
  async open(...messages: readonly DirectMessage[]): Promise<void> {
    this.client.acquire(WITH_BOB);
    this.server.accept();
    this.subscribed(messages.at(-1)?.sequence ?? 0);
    this.send('history_response', { conversationId: WITH_BOB, messages, hasMore: true });
    await settle();
  }

  /** The connection is cut; requests over HTTP are stored and recorded. */
  blockSocket(): object[] {
    const posts: object[] = [];
    this.environment.answer = async (url, init) => {
      if (init?.method !== 'POST') return Response.json({ user: { id: ALICE } });
      const body = JSON.parse(String(init.body)) as { content: string; recipientId: UserId };
      posts.push([new URL(url).pathname, body]);
      const { content, recipientId } = body;
      const own = { content, recipientId, senderId: ALICE, senderName: 'alice' };
      const conversationId = recipientId === BOB ? WITH_BOB : (`c-${recipientId}` as RoomId);
      return Response.json({ message: message(3, { ...own, conversationId }) });
    };
    // The server may not have accepted it yet.
    this.environment.socket.end(1006);
    return posts;
  }

  async #answerList(response: Response): Promise<void> {
    const answer = this.#lists.shift();
    if (answer === undefined) throw new Error('the client has not requested the list');
    answer(response);
    await settle();
  }
}
