/**
 * Users and channels on one server, or on the two nodes of a cluster, for tests that span dialects.
 */
import type { NetworkFaults } from '../../packages/server/src/bus/memory/network.ts';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { Workspace } from '../../packages/server/test/support/workspace.ts';
import type { HistoryEntry } from '../checker/history.ts';
import type { DialectDriver, Person } from './dialect-driver.ts';
import { nativeDriver } from './dialects/native.ts';
import { toHeldMessage } from './held-message.ts';
import { RoomRecord } from './room-record.ts';
import { ServerNodes } from './server-nodes.ts';

const NAMES = ['alice', 'bob', 'carol'] as const;

/** Users connect to the servers in turn: alice to the first, bob to the second if there are two. */
interface MatrixServers {
  readonly servers: readonly [TestServer, ...TestServer[]];
  close(): Promise<void>;
}

const SETTINGS = { MESSAGE_RATE_MAX: '0', PRESENCE_GRACE_MS: '100' };

export class MatrixFixture {
  readonly #servers: MatrixServers;
  readonly #people = new Map<string, Person>();
  readonly #workspace: Workspace;
  #pairCount = 0;

  static async build(): Promise<MatrixFixture> {
    const server = await TestServer.start(SETTINGS);
    return MatrixFixture.over({ servers: [server], close: () => server.close() });
  }

  /** @param faults Faults of the bus between the two nodes. */
  static async buildTwoNodes(faults?: NetworkFaults): Promise<MatrixFixture> {
    const nodes = await ServerNodes.start(SETTINGS, faults === undefined ? {} : { faults });
    return MatrixFixture.over(nodes);
  }

  static async over(servers: MatrixServers): Promise<MatrixFixture> {
    const [first] = servers.servers;
    for (const name of NAMES) await first.register(name);
    const workspace = await Workspace.create(await first.login('alice'), 'bob', 'carol');
    const fixture = new MatrixFixture(servers, workspace);
    for (const [index, name] of NAMES.entries()) await fixture.signUp(name, index);
    return fixture;
  }

  private constructor(servers: MatrixServers, workspace: Workspace) {
    this.#servers = servers;
    this.#workspace = workspace;
  }

  /** The first server. */
  get server(): TestServer {
    return this.#servers.servers[0];
  }

  /** The server that this user connects to. */
  serverOf(name: string): TestServer {
    return this.person(name).server;
  }

  /** Registers the user if needed, and logs in at the server with this number. */
  async signUp(name: string, index: number): Promise<Person> {
    const { servers } = this.#servers;
    const server = servers[index % servers.length] ?? this.server;
    const { userId, token, cookie } = await server.signUp(name);
    const person = { name, userId, token, cookie, server };
    this.#people.set(name, person);
    return person;
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
      (await nativeDriver.open(this.serverOf(who), this.person(who), scrap)).close();
    }
    return channelId;
  }

  /** Two users, and their direct room, in which the second user has sent one message. */
  async newPair(record: (entry: HistoryEntry) => void = () => {}): Promise<{
    readonly one: string;
    readonly other: string;
    readonly roomId: string;
  }> {
    const [one, other] = await this.newStrangers();
    this.#people.set(one.name, { ...one, partnerId: other.userId });
    this.#people.set(other.name, { ...other, partnerId: one.userId });
    const client = await FlatClient.connectAs(other.server, other, '/messagepal');
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

  /** Two users who have no room in common. */
  async newStrangers(): Promise<readonly [Person, Person]> {
    this.#pairCount += 1;
    const suffix = this.#pairCount;
    return [await this.signUp(`one-${suffix}`, 0), await this.signUp(`other-${suffix}`, 1)];
  }

  async archiveChannel(channelId: string): Promise<void> {
    const { server, cookie } = this.person('alice');
    const answer = await fetch(`${server.url}/api/channels/${channelId}`, {
      method: 'PATCH',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ archived: true }),
    });
    if (!answer.ok) throw new Error(`PATCH /api/channels: ${answer.status}`);
  }

  async connect<W extends DialectDriver>(
    driver: W,
    who: string,
    roomId: string,
    record: (entry: HistoryEntry) => void,
  ): Promise<{ readonly peer: Awaited<ReturnType<W['open']>>; readonly held: RoomRecord }> {
    const held = new RoomRecord({ ...this.#witness(`${who} ${driver.name}`, roomId, who), record });
    // The type that its own `open` returns.
    const peer = (await driver.open(this.serverOf(who), this.person(who), held)) as Awaited<
      ReturnType<W['open']>
    >;
    return { peer, held };
  }

  /** The current room, for the checker to compare with. */
  async fetch(roomId: string, headSequence: number, who = 'carol'): Promise<HistoryEntry> {
    const socket = await this.serverOf(who).connect(who);
    const page = await socket.ask('get_history', { roomId, limit: 200 }, 'history');
    socket.close();
    const messages = page.messages.map(toHeldMessage);
    return { atMs: performance.now(), type: 'fetched', roomId, headSequence, messages };
  }

  close(): Promise<void> {
    return this.#servers.close();
  }

  #witness(connection: string, roomId: string, who = 'alice') {
    return { connection, userId: this.person(who).userId, roomId };
  }
}
