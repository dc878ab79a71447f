/** How often commands ask the store: not for each room of a user, and not for what is known. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Store } from '../../src/ports/store.ts';
import { ChatHarness, type Client } from '../support/chat-harness.ts';
import { openSqliteInMemory } from '../support/sqlite-in-memory.ts';
import { TwoNodes } from '../support/two-nodes.ts';

const SETTINGS = { messageRateMax: 0, creationRateMax: 0 };

/** SQLite in memory, and the names of the calls that it got. */
function withCalls() {
  const calls: string[] = [];
  const counted = <Part extends object>(name: string, part: Part): Part =>
    new Proxy(part, {
      get(target, key, receiver) {
        const found: unknown = Reflect.get(target, key, receiver);
        if (typeof found !== 'function') return found;
        return (...args: unknown[]) => {
          calls.push(`${name}.${String(key)}`);
          return Reflect.apply(found, target, args);
        };
      },
    });
  const memory = openSqliteInMemory();
  const store: Store = {
    ...memory,
    accounts: counted('accounts', memory.accounts),
    sessions: counted('sessions', memory.sessions),
    rooms: counted('rooms', memory.rooms),
    workspaces: counted('workspaces', memory.workspaces),
    log: counted('log', memory.log),
  };
  const callsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    calls.length = 0;
    await work();
    return calls.toSorted();
  };
  return { store, callsOf };
}

describe('the store is asked', () => {
  let harness: ChatHarness;
  let callsOf: ReturnType<typeof withCalls>['callsOf'];
  let alice: Client;
  beforeEach(async () => {
    const { store, callsOf: counted } = withCalls();
    callsOf = counted;
    harness = new ChatHarness({ store, settings: SETTINGS });
    alice = await harness.connect('alice');
  });

  const startConversations = async (from: number, to: number): Promise<void> => {
    for (let index = from; index < to; index += 1) {
      await harness.userOf(`person-${index}`);
      await alice.sendTo(`person-${index}`, 'hello');
    }
  };
  const finished = async (work: () => Promise<unknown>): Promise<void> => {
    await work();
    await harness.settle();
  };

  test('equally often for few and for many conversations, at a connect and for their list', async () => {
    const connect = () => finished(() => harness.connect('alice'));
    const list = () => harness.chat.roomLists.listConversations(alice.connection.user);
    await startConversations(0, 3);
    await connect();
    const few = [await callsOf(connect), await callsOf(list)];
    await startConversations(3, 40);
    const many = [await callsOf(connect), await callsOf(list)];

    assert.deepEqual(many, few);
    assert.ok(
      // With the five of the notice about the login.
      few.every((calls) => calls.length <= 18),
      `calls: ${JSON.stringify(few)}`,
    );
  });

  test('once a second for the rooms and the mutes of many users, if none has changed on another node', async () => {
    const { store, callsOf: counted } = withCalls();
    const nodes = await TwoNodes.start({ store });
    for (let index = 0; index < 10; index += 1) {
      const user = await nodes.one.connect(`person-${index}`);
      await user.join('lobby');
    }
    await nodes.advance(2000);
    const calls = await counted(() => nodes.advance(1000));
    await nodes.close();

    const ofMemberships = calls.filter((call) =>
      /rooms\.list(Memberships|MutesOf|RoomIdsOf)/.test(call),
    );
    assert.deepEqual(ofMemberships.sort(), ['rooms.listMutesOf', 'rooms.listRoomIdsOf']);
  });

  test('by a message of an open room only to store it, with mentions too', async () => {
    await alice.join('lobby');
    await (await harness.connect('bob')).join('lobby');
    await finished(() => alice.send('first'));

    const calls = await callsOf(() => finished(() => alice.send('again, @bob')));

    assert.deepEqual(calls, ['log.commit']);
  });

  test('by a direct message only to find its room and store it, once its recipient is known', async () => {
    await startConversations(0, 1);

    const calls = await callsOf(() => finished(() => alice.sendTo('person-0', 'again')));

    assert.deepEqual(calls, ['log.commit', 'rooms.findRoom']);
  });

  test('by typing never', async () => {
    const { room } = await alice.join('lobby');
    await (await harness.connect('bob')).join('lobby');

    const calls = await callsOf(() =>
      finished(async () => {
        harness.chat.typing.set(alice.connection, { roomId: room.id, isTyping: true });
      }),
    );

    assert.deepEqual(calls, []);
  });
});
