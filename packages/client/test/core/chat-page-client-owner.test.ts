import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatClient } from '../../src/core/chat-page-client.ts';
import { ALICE_ID, LOBBY } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { FakeEnvironment, settle } from '../fakes/fake-environment.ts';
import { BOB } from '../fakes/scripted-server.ts';

const SOMEBODY_ELSE = { kind: 'closed', reason: 'somebody_else' };

/** Bob logs in in another tab: the cookie is now his. */
function greetBob({ socket }: FakeEnvironment): void {
  socket.upgrade();
  socket.deliver('connection_established', {
    connectionId: 'c9' as never,
    user: BOB,
    serverTime: '2026-01-31T12:00:00.000Z',
    version: '0.2.0',
    capabilities: [],
    contentLengthMax: 10_000,
    hasMore: false,
    rooms: [],
  });
}

/** Alice's lobby without a connection, and a queued message. */
function waiting(): Scene {
  const scene = Scene.inRooms('lobby');
  scene.server.post('lobby', 'for alice');
  scene.server.flush();
  scene.server.cut();
  scene.client.send(LOBBY, 'from alice');
  return scene;
}

describe('ChatClient: owner', () => {
  test('stops if the server greets another user: queued messages are kept, and nothing is sent', () => {
    const scene = waiting();
    scene.client.tryNow();
    greetBob(scene.environment);

    const { connection, user } = scene.client.getSnapshot();
    assert.deepEqual(connection, SOMEBODY_ELSE);
    assert.equal(user?.id, ALICE_ID);
    assert.deepEqual(scene.shown(), ['for alice', 'from alice (pending)']);
    assert.deepEqual(scene.environment.socket.sent, []);
    assert(scene.environment.socket.wasClosedByClient);
    assert.equal(scene.environment.timerCount, 0);
  });

  test('sends queued messages once its owner is logged in again', () => {
    const scene = waiting();
    scene.client.tryNow();
    greetBob(scene.environment);

    scene.client.connect();
    greetBob(scene.environment);
    assert.deepEqual(scene.client.getSnapshot().connection, SOMEBODY_ELSE);
    scene.client.connect();
    scene.server.accept();
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['for alice', 'from alice']);
    assert.deepEqual(scene.stored(), ['for alice', 'from alice']);
  });

  test('checks over HTTP while the server accepts no connection', async () => {
    const scene = waiting();
    scene.environment.answer = async () => Response.json({ user: BOB });

    scene.client.tryNow();
    scene.environment.socket.end(1006);
    await settle();

    assert.deepEqual(scene.client.getSnapshot().connection, SOMEBODY_ELSE);
    assert.deepEqual(scene.shown(), ['for alice', 'from alice (pending)']);
  });

  test('changes the password, and goes on over a connection with the new session', async () => {
    const scene = Scene.inRooms('lobby');
    const { environment, client } = scene;
    const old = environment.socket;
    environment.answer = async () => Response.json({});

    await client.changePassword('correct horse', 'battery staple');

    assert(old.wasClosedByClient);
    assert.notEqual(environment.socket, old);
    scene.server.accept();
    assert.equal(client.getSnapshot().connection.kind, 'open');
  });

  test('sends nothing to users other than its owner', () => {
    const environment = new FakeEnvironment();
    const client = new ChatClient({ serverUrl: 'http://server', userId: ALICE_ID, environment });
    client.connect();

    greetBob(environment);

    assert.deepEqual(client.getSnapshot().connection, SOMEBODY_ELSE);
    assert.equal(client.getSnapshot().user, undefined);
    assert.deepEqual(environment.socket.sent, []);
  });
});
