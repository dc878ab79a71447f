import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLOSE_AFTER_MS } from '../../../src/core/flat/flat-client.ts';
import { recipientKey } from '../../../src/core/outbox/recipient-key.ts';
import { BOB, DirectScene } from '../../fakes/direct-scene.ts';
import { settle } from '../../fakes/fake-environment.ts';
import { FlatScene, LOBBY } from '../../fakes/flat-scene.ts';

const CAROL = { userId: 'u-carol', username: 'carol', role: 'teacher' };

/** Carol logs in in another tab: the cookie is now hers. */
function greetCarol({ environment }: FlatScene | DirectScene): void {
  environment.socket.upgrade();
  environment.socket.text(JSON.stringify({ type: 'connected', ...CAROL }));
}

/** Alice's lobby without a connection, and a queued message. */
async function waiting(): Promise<FlatScene> {
  const scene = await FlatScene.inLobby();
  scene.server.post('lobby', 'for alice');
  await scene.calm();
  scene.environment.session = 'ended';
  scene.server.cut(4001);
  await settle();
  scene.environment.session = 'valid';
  scene.client.send(LOBBY, 'from alice');
  return scene;
}

describe('a client of channels and its owner', () => {
  test('stops if the server greets another user: queued messages are kept, and nothing is sent', async () => {
    const scene = await waiting();
    scene.client.reconnect();
    greetCarol(scene);

    assert.equal(scene.view().state, 'somebody_else');
    assert.equal(scene.view().user?.username, 'alice');
    assert.deepEqual(scene.shown(), ['for alice', 'from alice (sending)']);
    assert.deepEqual(scene.environment.socket.sent, []);

    await scene.reconnect();
    assert.deepEqual(scene.stored(), ['for alice', 'from alice']);
  });

  test('starts over for the next user, without state of the first', async () => {
    const scene = await waiting();
    scene.client.reconnect();
    greetCarol(scene);

    scene.client.startOver();
    greetCarol(scene);

    assert.equal(scene.view().user?.username, 'carol');
    assert.deepEqual(scene.shown(), []);
    assert.deepEqual(
      scene.environment.socket.sent.map(({ type }) => type as string),
      ['join_channel'],
    );
  });

  test('does not start over while a connection is open', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.post('lobby', 'for alice');
    await scene.calm();

    scene.client.startOver();

    assert.deepEqual([scene.view().state, scene.shown()], ['open', ['for alice']]);
  });

  test('posts nothing as another user while the socket is blocked', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.cut();
    await scene.calm();
    scene.server.loggedIn = { id: 'u-carol', username: 'carol' };

    scene.client.send(LOBBY, 'from alice');
    await scene.calm();
    assert.deepEqual(scene.stored(), []);
    scene.client.reconnect();
    scene.environment.socket.end(1006);
    await scene.calm();

    assert.equal(scene.view().state, 'somebody_else');
    assert.deepEqual([scene.stored(), scene.shown()], [[], ['from alice (sending)']]);
  });

  test('belongs to the user of the HTTP session if the socket never connected', async () => {
    const scene = new FlatScene();
    scene.server.room('lobby');
    scene.client.acquire(LOBBY);
    scene.environment.socket.end(1006);
    await scene.calm();
    scene.server.loggedIn = { id: 'u-carol', username: 'carol' };

    scene.client.send(LOBBY, 'from alice');
    await scene.calm();

    assert.deepEqual([scene.stored(), scene.shown()], [[], ['from alice (sending)']]);
  });

  test('has no owner without subscribers and queued messages', async () => {
    const scene = new FlatScene();
    scene.server.room('lobby');
    const letGo = scene.client.acquire(LOBBY);
    await scene.connect();
    letGo();
    scene.environment.advance(CLOSE_AFTER_MS);

    scene.client.acquire(LOBBY);
    assert.equal(scene.view().user, undefined);
    greetCarol(scene);

    assert.deepEqual([scene.view().state, scene.view().user?.username], ['open', 'carol']);
  });

  test('has no owner whom a late answer names after that', async () => {
    const scene = new FlatScene();
    const answered = Promise.withResolvers<Response>();
    scene.environment.answer = () => answered.promise;
    const letGo = scene.client.acquire(LOBBY);
    scene.environment.socket.end(1006);
    letGo();
    scene.environment.advance(CLOSE_AFTER_MS);
    answered.resolve(Response.json({ user: { id: 'u-alice', username: 'alice' } }));
    await settle();

    scene.client.acquire(LOBBY);
    greetCarol(scene);

    assert.deepEqual([scene.view().state, scene.view().user?.username], ['open', 'carol']);
  });
});

describe('a client of direct conversations and its owner', () => {
  test('stops if the server greets another user: queued messages are kept, and nothing is sent', async () => {
    const scene = new DirectScene();
    await scene.open();
    scene.environment.session = 'ended';
    scene.environment.socket.end(4001);
    await settle();
    scene.environment.session = 'valid';
    scene.client.send(recipientKey(BOB), 'from alice');
    await settle();

    scene.client.reconnect();
    greetCarol(scene);

    assert.equal(scene.view().state, 'somebody_else');
    assert.deepEqual(scene.environment.socket.sent, []);
    scene.comeBack();
    assert.deepEqual(
      scene.sent().map(({ type, content }) => [type, content]),
      [
        ['subscribe', undefined],
        ['send_message', 'from alice'],
      ],
    );
  });
});
