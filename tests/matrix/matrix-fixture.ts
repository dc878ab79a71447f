/** A server with users and channels, for tests that span dialects. */
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { Workspace } from '../../packages/server/test/support/workspace.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { DialectDriver, Peer, Person } from './dialect-driver.ts';
import type { NativePeer } from './dialects/native.ts';
import { nativeDriver } from './dialects/native.ts';
import { toHeldMessage } from './held-message.ts';
import { RoomRecord } from './room-record.ts';

const NAMES = ['alice', 'bob', 'carol'] as const;

export class MatrixFixture {
  readonly server: TestServer;
  readonly #people: Map<string, Person>;
  readonly #workspace: Workspace;

  static async build(): Promise<MatrixFixture> {
    const server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    const people = new Map<string, Person>();
    for (const name of NAMES) people.set(name, await newPerson(server, name));
    const workspace = await Workspace.create(await server.login('alice'), 'bob', 'carol');
    return new MatrixFixture(server, people, workspace);
  }

  private constructor(server: TestServer, people: Map<string, Person>, workspace: Workspace) {
    this.server = server;
    this.#people = people;
    this.#workspace = workspace;
  }

  person(name: string): Person {
    const person = this.#people.get(name);
    if (person === undefined) throw new Error(`There is no ${name}`);
    return person;
  }

  /** A channel of which all users are members. */
  async createChannel(name: string): Promise<string> {
    const channelId = await this.#workspace.createChannel(name);
    for (const who of NAMES) {
      const scrap = new RoomRecord({ ...this.#witness(who, channelId), record: () => {} });
      (await nativeDriver.open(this.server, this.person(who), scrap)).close();
    }
    return channelId;
  }

  /** Two users, and their direct room, in which the second user has sent one message. */
  async newPair(record: (entry: HistoryEntry) => void = () => {}): Promise<{
    readonly one: string;
    readonly other: string;
    readonly roomId: string;
  }> {
    const names = ['one', 'other'].map((name) => `${name}-${this.#people.size}`);
    const made: Person[] = [];
    for (const name of names) made.push(await newPerson(this.server, name));
    const [one, other] = made;
    if (one === undefined || other === undefined) throw new Error('There are two names');
    this.#people.set(one.name, { ...one, partnerId: other.userId });
    this.#people.set(other.name, { ...other, partnerId: one.userId });
    const { cookie } = other;
    const client = new FlatClient(this.server, '/messagepal', { headers: { cookie } });
    await client.next('connected');
    const said = { content: 'hello', clientMessageId: 'hello' };
    client.send('send_message', { recipientId: one.userId, ...said });
    const { message } = await client.next('message_received');
    client.close();
    const stored = message as { conversationId: string; id: string; sequence: number };
    const { conversationId: roomId } = stored;
    const begun = new RoomRecord({ ...this.#witness('the first', roomId, other.name), record });
    begun.opened(0);
    begun.sent('message', said.clientMessageId, said);
    begun.acknowledged(said.clientMessageId, { ...stored, duplicate: false });
    return { one: one.name, other: other.name, roomId };
  }

  async connect<W extends DialectDriver>(
    driver: W,
    who: string,
    roomId: string,
    record: (entry: HistoryEntry) => void,
  ): Promise<{ readonly peer: Awaited<ReturnType<W['open']>>; readonly held: RoomRecord }> {
    const held = new RoomRecord({ ...this.#witness(`${who} ${driver.name}`, roomId, who), record });
    // The type that its own `open` returns.
    const peer = (await driver.open(this.server, this.person(who), held)) as Awaited<
      ReturnType<W['open']>
    >;
    return { peer, held };
  }

  /** The current room, for the checker to compare with. */
  async fetch(roomId: string, headSequence: number, who = 'carol'): Promise<HistoryEntry> {
    const socket = await this.server.connect(who);
    const page = await socket.ask('get_history', { roomId, limit: 200 }, 'history');
    socket.close();
    const messages = page.messages.map(toHeldMessage);
    return { atMs: performance.now(), type: 'fetched', roomId, headSequence, messages };
  }

  close(): Promise<void> {
    return this.server.close();
  }

  #witness(connection: string, roomId: string, who = 'alice') {
    return { connection, userId: this.person(who).userId, roomId };
  }
}

async function newPerson(server: TestServer, name: string): Promise<Person> {
  const { userId, token, cookie } = await server.signUp(name);
  return { name, userId, token, cookie };
}

export type { NativePeer, Peer };
