/** The names that an application shows for the senders of messages. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserPayload } from '@parley/protocol';
import { createParley } from '../../src/core/parley.ts';
import type { Sender } from '../../src/core/people.ts';
import { ALICE_ID, BOB_ID, LOBBY } from '../fakes/builders.ts';
import { settle } from '../fakes/fake-environment.ts';
import { memberOf, NativeServer } from '../fakes/scripted-native.ts';
import { BOB } from '../fakes/scripted-server.ts';

const PICTURE = 'https://app.example.org/bob.png';
const SHOWN = { displayName: 'Bob Müller', externalId: 'u-2', avatarUrl: PICTURE };
const BOB_SHOWN = { id: BOB_ID, username: 'bob', name: 'Bob Müller' };

/** Connected, with a message of bob in the open lobby. */
function inLobby(users: readonly UserPayload[] = []) {
  const server = new NativeServer();
  const { environment } = server;
  const requests: string[] = [];
  environment.answer = async (url) => {
    requests.push(url.replace('http://server', ''));
    return Response.json({ users });
  };
  server.post('lobby', 'earlier');
  const parley = createParley({ url: 'http://server', environment });
  const events: Sender[] = [];
  parley.on('message', ({ sender }) => events.push(sender));
  void parley.connect();
  server.accept();
  void parley.room(LOBBY).open();
  server.flush();
  const room = parley.room(LOBBY);
  return { server, environment, parley, room, events, requests };
}

describe('senders', () => {
  test('have the name, id and picture of members, in messages and lists', () => {
    const { server, room, events } = inLobby();

    server.sendEvent('user_joined', { roomId: LOBBY, userId: BOB_ID, username: 'bob' });
    server.sendEvent('presence_update', { ...memberOf(BOB), ...SHOWN });
    server.post('lobby', 'hello');
    server.flush();

    const expected = { ...BOB_SHOWN, externalId: 'u-2', avatarUrl: PICTURE };
    assert.deepEqual(events, [expected]);
    assert.deepEqual(
      room.messages.map(({ sender }) => sender),
      [expected, expected],
    );
    assert.deepEqual(
      room.members.map(({ id, name }) => [id, name]),
      [
        [ALICE_ID, 'alice'],
        [BOB_ID, 'Bob Müller'],
      ],
    );
  });

  test('who are not present are asked for once, and named by their username until then', async () => {
    const { parley, room, requests } = inLobby([{ id: BOB_ID, username: 'bob', ...SHOWN }]);

    const [before] = room.messages;
    await settle();
    const [after] = room.messages;

    assert.deepEqual([before?.sender.name, after?.sender.name], ['bob', 'Bob Müller']);
    assert.deepEqual(requests, [`/api/users?ids=${BOB_ID}`]);
    assert.equal(room.messages[0], after); // Nothing is rendered again.
    await settle();
    assert.equal(requests.length, 1);
    parley.close();
  });

  test('who are unknown, or cannot be asked for, keep their username', async () => {
    const { environment, room, requests } = inLobby();
    environment.answer = async (url) => {
      requests.push(url);
      return Promise.reject(new TypeError('fetch failed'));
    };

    for (let reads = 0; reads < 3; reads += 1) {
      assert.equal(room.messages[0]?.sender.name, 'bob');
      await settle();
    }
    assert.equal(requests.length, 1);
    environment.advance(10_001);
    assert.equal(room.messages[0]?.sender.name, 'bob');
    await settle();

    assert.equal(requests.length, 2);
  });

  test('are the same object until something changes', () => {
    const { server, room } = inLobby();
    server.sendEvent('presence_update', { ...memberOf(BOB), ...SHOWN });
    const [first] = room.messages;

    server.sendEvent('presence_update', { ...memberOf(BOB), ...SHOWN, status: 'away' });
    assert.equal(room.messages[0], first);
    server.sendEvent('presence_update', { ...memberOf(BOB), displayName: 'Bob M.' });

    assert.equal(room.messages[0]?.sender.name, 'Bob M.');
  });
});
