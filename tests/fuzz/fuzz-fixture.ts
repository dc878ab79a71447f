/** Users, rooms and messages for the fuzzer: enough for commands to succeed. */
import { Account } from '../../packages/server/test/support/account.ts';
import { Workspace } from '../../packages/server/test/support/workspace.ts';

/** Values that the server knows, by the name of the field that accepts them. */
export type KnownIds = Readonly<Record<string, readonly string[]>>;

export class FuzzFixture {
  readonly #url: string;
  readonly known: KnownIds;
  #fuzzer: Account;

  /** Creates users, a room, a channel and messages. Fixtures with other numbers share nothing with this one. */
  static async build(url: string, number: number): Promise<FuzzFixture> {
    const friend = await Account.signUp(url, `friend${number}`);
    const fuzzer = await Account.signUp(url, `fuzzer${number}`);
    const workspace = await Workspace.create(friend, fuzzer.username);
    const channelId = await workspace.createChannel('general');
    await join(friend, { roomName: `lobby ${number}` }); // As its owner.
    const lobby = await join(fuzzer, { roomName: `lobby ${number}` });
    await join(fuzzer, { roomId: channelId });
    const messages = [
      await say(fuzzer, { roomId: lobby.roomId }),
      await say(fuzzer, { channelId }),
      await say(fuzzer, { recipientId: friend.userId }),
    ];
    const { conversations } = await fuzzer.must<{ conversations: { id: string }[] }>(
      'GET',
      '/api/conversations',
    );
    const known = knownIds({
      rooms: [lobby.roomId, channelId, ...conversations.slice(0, 1).map(({ id }) => id)],
      roomNames: [`lobby ${number}`, 'general', 'another room'],
      messages,
      people: [friend, fuzzer],
      epoch: lobby.epoch,
      channelId,
      workspaceId: workspace.id,
    });
    return new FuzzFixture({ url, fuzzer, known });
  }

  private constructor(parts: {
    readonly url: string;
    readonly fuzzer: Account;
    readonly known: KnownIds;
  }) {
    this.#url = parts.url;
    this.#fuzzer = parts.fuzzer;
    this.known = parts.known;
  }

  /** A valid session of the fuzzing user; undefined if the bursts have made its account unusable. */
  async currentAccount(): Promise<Account | undefined> {
    const { status } = await this.#fuzzer.call('GET', '/api/auth/me');
    if (status === 200) return this.#fuzzer;
    try {
      this.#fuzzer = await Account.logIn(this.#url, this.#fuzzer.username);
    } catch {
      return undefined; // Renamed or deleted, for example.
    }
    return this.#fuzzer;
  }
}

async function join(
  account: Account,
  room: object,
): Promise<{ readonly roomId: string; readonly epoch: string }> {
  const socket = await account.connect();
  const joined = await socket.joinRoom(room);
  socket.close();
  return joined;
}

/** Returns the id of the message. */
async function say(person: Account, to: object): Promise<string> {
  const { message } = await person.must<{ message: { id: string } }>('POST', '/api/messages', {
    ...to,
    content: 'hello',
  });
  return message.id;
}

function knownIds(parts: {
  readonly rooms: readonly string[];
  readonly messages: readonly string[];
  readonly roomNames: readonly string[];
  readonly people: readonly [Account, Account];
  readonly epoch: string;
  readonly channelId: string;
  readonly workspaceId: string;
}): KnownIds {
  const { rooms, messages, people, epoch, channelId, workspaceId } = parts;
  const userIds = people.map(({ userId }) => userId);
  const usernames = people.map(({ username }) => username);
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
    userId: userIds,
    userIds,
    recipientId: userIds,
    recipient: usernames.slice(0, 1),
    username: [...usernames, 'newcomer'],
    roomName: parts.roomNames,
    clientMessageId: ['c1', 'c2', 'c3'],
    emoji: ['👍', '❤️'],
    role: ['member', 'admin'],
    // A change that succeeds would lock the fuzzing user out.
    currentPassword: ['not the password'],
  };
}
