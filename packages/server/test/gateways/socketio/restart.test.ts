/** Recovery of a client with one room after its server was killed, and clients that are not recovered. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../support/account.ts';
import { findFreePort } from '../../support/free-port.ts';
import { endAll, run, started } from '../../support/parley-command.ts';
import {
  type ClientOptions,
  SocketIoClient,
  type SocketIoMessage,
  tokenOf,
} from '../../support/socketio-client.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

const CATCH_UP_MAX = 20;

/** A server that can be killed and restarted with the same data. */
class Place {
  readonly #settings: Record<string, string>;
  readonly url: string;
  readonly #accounts = new Map<string, Promise<Account>>();
  #child: ChildProcess | undefined;

  static async find(): Promise<Place> {
    return new Place(await findFreePort());
  }

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#settings = {
      PORT: `${port}`,
      DATA_DIR: temporaryDirectory(),
      MESSAGE_RATE_MAX: '0',
      CATCH_UP_EVENTS_MAX: `${CATCH_UP_MAX}`,
    };
  }

  async start(): Promise<void> {
    this.#child = (await started(this.#settings)).child;
  }

  async kill(): Promise<void> {
    assert(this.#child);
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  command(...args: string[]): ReturnType<typeof run> {
    return run(args, this.#settings);
  }

  accountOf(username: string): Promise<Account> {
    const known = this.#accounts.get(username) ?? Account.signUp(this.url, username);
    this.#accounts.set(username, known);
    return known;
  }

  async connect(username: string, options: ClientOptions = {}): Promise<SocketIoClient> {
    const auth = { token: await tokenOf(await this.accountOf(username)) };
    const client = new SocketIoClient(this, { auth, ...options });
    await client.open();
    return client;
  }
}

async function comeBack(client: SocketIoClient): Promise<boolean | undefined> {
  await until(() => !client.socket.connected, 'the loss');
  client.socket.connect();
  await client.open();
  return client.socket.recovered;
}

describe('Socket.IO after the server was killed', () => {
  let place: Place;
  let [roomId, other, far] = ['', '', ''];
  let alice: SocketIoClient;
  const clients = new Map<string, SocketIoClient>();
  const of = (name: string): SocketIoClient => {
    const client = clients.get(name);
    assert(client);
    return client;
  };
  const ways = ['4.6', '4.8'].flatMap((version) =>
    (['websocket', 'polling'] as const).map((transport) => ({ version, transport })),
  );

  before(async () => {
    place = await Place.find();
    await place.start();
    alice = await place.connect('alice');
    roomId = (await alice.joinRoom('one')).roomId;
    other = (await alice.joinRoom('two')).roomId;
    far = (await alice.joinRoom('far')).roomId;
    const add = async (name: string, username: string, options: ClientOptions = {}) => {
      const client = await place.connect(username, options);
      await client.joinRoom(name === 'far' ? far : roomId);
      clients.set(name, client);
    };
    for (const { version, transport } of ways) {
      await add(`${version} ${transport}`, 'bob', { version, transports: [transport] });
    }
    await add('of two rooms', 'bob');
    await add('back in one room', 'bob');
    await add('gone from its room', 'bob');
    await add('of an earlier session', 'bob');
    await add('of another person', 'bob');
    await add('banned', 'mallory');
    await add('far', 'bob');
    await add('silent', 'bob');
    await alice.sendMessage(roomId, 'before');
    await alice.sendMessage(far, 'before');
    for (const client of clients.values()) await client.next('message:new');

    of('of an earlier session').socket.disconnect();
    assert.equal(await comeBack(of('of an earlier session')), false);
    await of('of two rooms').joinRoom(other);
    await of('back in one room').joinRoom(other);
    await of('back in one room').must('room:leave', { roomId: other });
    await of('gone from its room').must('room:leave', { roomId });
    await place.kill();
    await place.start();
    await comeBack(alice);
    for (const room of [roomId, other, far]) await alice.joinRoom(room);
    for (const text of ['while away', 'again']) await alice.sendMessage(roomId, text);
    for (let n = 0; n <= CATCH_UP_MAX; n += 1) await alice.sendMessage(far, `${n}`);
  });
  after(async () => {
    for (const client of [alice, ...clients.values()]) client.close();
    await endAll();
  });

  for (const { version, transport } of ways) {
    test(`client ${version} over ${transport} has its only room open, and receives what it missed once`, async () => {
      const bob = of(`${version} ${transport}`);

      assert.equal(await comeBack(bob), true);

      await until(() => bob.texts.length >= 3, 'what was missed');
      const { message } = await bob.sendMessage(roomId, `${version} ${transport}`);
      await until(() => bob.texts.includes(message.content), 'its own');
      const sequences = bob.all<SocketIoMessage>('message:new').map(({ sequence }) => sequence);
      assert.deepEqual(
        sequences,
        Array.from({ length: message.sequence }, (_, index) => index + 1),
      );
      // And once more, from events that this node has sent.
      bob.socket.io.engine.close();
      assert.equal(await comeBack(bob), true);
      await bob.must('typing:stop', { roomId });
    });
  }

  test('a client that had opened a second room is not recovered, even without events there', async () => {
    const bob = of('of two rooms');

    assert.equal(await comeBack(bob), false);

    for (const room of [roomId, other]) {
      assert.equal((await bob.ask('typing:stop', { roomId: room })).error?.code, 'NOT_IN_ROOM');
    }
  });

  test('a client that had left its second room continues in the first only', async () => {
    const bob = of('back in one room');

    assert.equal(await comeBack(bob), true);

    await bob.must('typing:stop', { roomId });
    assert.equal((await bob.ask('typing:stop', { roomId: other })).error?.code, 'NOT_IN_ROOM');
  });

  test('a client that had left its only room does not return to it', async () => {
    const bob = of('gone from its room');

    assert.equal(await comeBack(bob), false);

    assert.equal((await bob.ask('typing:stop', { roomId })).error?.code, 'NOT_IN_ROOM');
  });

  test('a client that had its room open only in an earlier session does not return to it', async () => {
    const bob = of('of an earlier session');

    assert.equal(await comeBack(bob), false);

    assert.equal((await bob.ask('typing:stop', { roomId })).error?.code, 'NOT_IN_ROOM');
  });

  test('a client does not continue in the place of another user, even with access to the room', async () => {
    const client = of('of another person');
    const socket = client.socket as unknown as { auth: object };
    socket.auth = { token: await tokenOf(await place.accountOf('alice')) };

    assert.equal(await comeBack(client), false);

    assert.equal((await client.ask('typing:stop', { roomId })).error?.code, 'NOT_IN_ROOM');
  });

  test('a client that was banned meanwhile receives nothing', async () => {
    const mallory = of('banned');
    const [owner, { userId }] = [await place.accountOf('alice'), await place.accountOf('mallory')];
    assert.ok((await owner.call('PUT', `/api/rooms/${roomId}/bans/${userId}`)).ok);

    assert.equal(await comeBack(mallory), false);

    await mallory.must('room:list');
    assert.deepEqual(mallory.texts, ['before']);
  });

  test('a client that missed too much is not recovered', async () => {
    const bob = of('far');

    assert.equal(await comeBack(bob), false);

    await bob.must('room:list');
    assert.deepEqual(bob.texts, ['before']);
  });

  test('a log that may have lost events has a new epoch, and is not continued', async () => {
    await place.kill();
    assert.equal((await place.command('doctor', '--new-generation')).code, 0);
    await place.start();

    assert.equal(await comeBack(of('silent')), false);
  });
});
