/** Users, rooms and messages for the fuzzer: enough for commands to succeed. */
import { Account } from '../../packages/server/test/support/account.ts';
import { Workspace } from '../../packages/server/test/support/workspace.ts';

/** Values that the server knows, by the name of the field that accepts them. */
export type KnownIds = Readonly<Record<string, readonly string[]>>;

interface Snapshot {
  readonly messages: readonly { readonly id: string }[];
}

export class FuzzFixture {
  readonly #url: string;
  readonly #friend: Account;
  readonly #workspace: Workspace;
  readonly #workspaceId: string;
  readonly #channelId: string;
  #fuzzer: Account;
  known: KnownIds = {};

  static async build(url: string): Promise<FuzzFixture> {
    const friend = await Account.signUp(url, 'friend');
    const fuzzer = await Account.signUp(url, 'fuzzer');
    const workspace = await Workspace.create(friend, 'fuzzer');
    const channelId = await workspace.createChannel('general');
    const { workspaces } = await friend.must<{ workspaces: { id: string }[] }>(
      'GET',
      '/api/workspaces',
    );
    const workspaceId = workspaces[0]?.id ?? '';
    const fixture = new FuzzFixture({ url, friend, fuzzer, workspace, workspaceId, channelId });
    await fixture.restore();
    return fixture;
  }

  private constructor(parts: {
    readonly url: string;
    readonly friend: Account;
    readonly fuzzer: Account;
    readonly workspace: Workspace;
    readonly workspaceId: string;
    readonly channelId: string;
  }) {
    this.#url = parts.url;
    this.#friend = parts.friend;
    this.#fuzzer = parts.fuzzer;
    this.#workspace = parts.workspace;
    this.#workspaceId = parts.workspaceId;
    this.#channelId = parts.channelId;
  }

  /** A currently valid session of the fuzzing user. */
  async currentAccount(): Promise<Account> {
    const { status } = await this.#fuzzer.call('GET', '/api/auth/me');
    if (status !== 200) this.#fuzzer = await Account.logIn(this.#url, 'fuzzer');
    return this.#fuzzer;
  }

  /** Repairs the data that bursts have broken: memberships, blocks, deleted messages. */
  async restore(): Promise<void> {
    const fuzzer = await this.currentAccount();
    await fuzzer.call('DELETE', `/api/blocks/${this.#friend.userId}`);
    await this.#workspace.addMember('fuzzer').catch(() => {}); // Already a member.
    for (const roomId of this.known['roomId'] ?? []) {
      await fuzzer.call('POST', `/api/rooms/${roomId}/unarchive`, {});
    }
    const socket = await fuzzer.connect();
    const lobby = await socket.joinRoom({ roomName: 'lobby' });
    socket.close();
    const [room, channel, direct] = await Promise.all([
      this.#say(fuzzer, { roomId: lobby.roomId }),
      this.#say(fuzzer, { channelId: this.#channelId }),
      this.#say(fuzzer, { recipientId: this.#friend.userId }),
    ]);
    const { conversations } = await fuzzer.must<{ conversations: { id: string }[] }>(
      'GET',
      '/api/conversations',
    );
    const conversationId = conversations[0]?.id ?? lobby.roomId;
    const rooms = [lobby.roomId, this.#channelId, conversationId];
    const messages = [room, channel, direct].flatMap(({ messages: list }) =>
      list.map(({ id }) => id),
    );
    const people = [this.#friend.userId, fuzzer.userId];
    this.known = knownIds({ rooms, messages, people, epoch: lobby.epoch, ...this.#places });
  }

  get #places() {
    return { channelId: this.#channelId, workspaceId: this.#workspaceId };
  }

  async #say(person: Account, to: object): Promise<Snapshot> {
    const answer = await person.call('POST', '/api/messages', { ...to, content: 'hello' });
    const { message } = (await answer.json()) as { message?: { id: string } };
    return { messages: message === undefined ? [] : [message] };
  }
}

function knownIds(parts: {
  readonly rooms: readonly string[];
  readonly messages: readonly string[];
  readonly people: readonly string[];
  readonly epoch: string;
  readonly channelId: string;
  readonly workspaceId: string;
}): KnownIds {
  const { rooms, messages, people, epoch, channelId, workspaceId } = parts;
  return {
    roomId: rooms,
    channelId: [channelId],
    conversationId: rooms.slice(-1),
    id: [workspaceId, channelId],
    messageId: messages,
    parentMessageId: messages,
    replyTo: messages,
    lastId: messages,
    before: messages,
    after: rooms,
    epoch: [epoch],
    userId: people,
    userIds: people,
    recipientId: people,
    recipient: ['friend'],
    username: ['friend', 'fuzzer', 'newcomer'],
    roomName: ['lobby', 'general', 'another room'],
    clientMessageId: ['c1', 'c2', 'c3'],
    emoji: ['👍', '❤️'],
    role: ['member', 'admin'],
    // A change that succeeds would lock the fuzzing user out.
    currentPassword: ['not the password'],
  };
}
