import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlatScene, LOBBY } from '../../fakes/flat-scene.ts';

/** The socket never connects; HTTP works. */
async function blocked(): Promise<FlatScene> {
  const scene = new FlatScene();
  scene.server.post('lobby', 'from before');
  scene.client.acquire(LOBBY);
  await refuse(scene);
  return scene;
}

async function refuse(scene: FlatScene): Promise<void> {
  scene.environment.socket.end(1006);
  await scene.calm();
}

describe('while the socket is blocked', () => {
  test('messages are sent over HTTP, in order, and the newest page is shown', async () => {
    const scene = await blocked();
    assert.equal(scene.view().state, 'reconnecting');

    scene.client.send(LOBBY, 'one');
    scene.client.send(LOBBY, 'two');
    await scene.calm();

    assert.deepEqual(scene.shown(), ['from before', 'one', 'two']);
    assert.deepEqual(scene.stored(), ['from before', 'one', 'two']);
  });

  test('a message keeps its key when it is stored, and when the socket connects later', async () => {
    const scene = await blocked();
    const key = scene.client.send(LOBBY, 'mine');
    const keyOfMine = () => scene.view().messages.find(({ content }) => content === 'mine')?.key;
    assert.equal(keyOfMine(), key);

    await scene.calm();
    assert.deepEqual([scene.shown().at(-1), keyOfMine()], ['mine', key]);
    await scene.reconnect();
    assert.deepEqual([scene.view().user?.username, keyOfMine()], ['alice', key]);
  });

  test('a message with an unknown outcome is the same message over HTTP', async () => {
    const scene = await FlatScene.inLobby();
    scene.client.send(LOBBY, 'once');
    // Stored, but the answer is lost with the connection.
    assert.deepEqual(scene.stored(), ['once']);

    scene.server.cut();
    await scene.calm();
    assert.deepEqual(scene.shown(), ['once']);
    await scene.reconnect();

    assert.deepEqual([scene.shown(), scene.stored()], [['once'], ['once']]);
  });

  test('a message whose answer is cut off waits, and is the same message later', async () => {
    const scene = await blocked();
    const { answer } = scene.environment;
    scene.environment.answer = async (url, init) => {
      const response = await answer?.(url, init);
      if (init?.method !== 'POST') return response ?? Response.error();
      return new Response('{"message":', { status: 201 });
    };

    scene.client.send(LOBBY, 'once');
    await scene.calm();
    assert.deepEqual(scene.shown(), ['from before', 'once (sending)']);
    await scene.reconnect();

    assert.deepEqual(scene.shown(), ['from before', 'once']);
    assert.deepEqual(scene.stored(), ['from before', 'once']);
  });

  test('an answer that arrives after the socket has reconnected changes nothing', async () => {
    const scene = await blocked();
    const { answer } = scene.environment;
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    scene.environment.answer = async (url, init) => {
      const response = await answer?.(url, init);
      if (init?.method === 'POST') await held;
      return response ?? Response.error();
    };
    scene.client.send(LOBBY, 'slow');
    await scene.reconnect();
    assert.deepEqual(scene.shown(), ['from before', 'slow']);

    release();
    await scene.calm();

    assert.deepEqual(scene.shown(), ['from before', 'slow']);
    assert.deepEqual(scene.stored(), ['from before', 'slow']);
  });

  test('requests are not repeated in a loop if HTTP fails too', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.http = 'down';
    scene.server.cut();
    scene.client.send(LOBBY, 'waits');
    await scene.calm();
    const asked = scene.server.requests.length;
    scene.client.send(LOBBY, 'waits too');
    await scene.calm();
    assert.equal(scene.server.requests.length, asked);
    assert.deepEqual(scene.shown(), ['waits (sending)', 'waits too (sending)']);

    scene.server.http = 'up';
    await scene.reconnect();
    assert.deepEqual(scene.stored(), ['waits', 'waits too']);
  });

  test('a rejection over HTTP is reported like any other', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.cut();
    scene.client.reconnect();
    await refuse(scene);
    scene.server.rejections.push({ type: 'post', code: 'FORBIDDEN' });

    scene.client.send(LOBBY, 'not here');
    await scene.calm();

    assert.deepEqual(scene.shown(), ['not here (failed)']);
  });

  test('messages that are forbidden before the first join wait for it', async () => {
    const scene = await blocked();
    const asked = scene.server.requests.length;
    scene.server.rejections.push({ type: 'post', code: 'FORBIDDEN' });
    scene.client.send(LOBBY, 'one');
    scene.client.send(LOBBY, 'two');
    await scene.calm();

    assert.deepEqual(scene.shown(), ['from before', 'one (sending)', 'two (sending)']);
    const posts = scene.server.requests
      .slice(asked)
      .filter((each) => each === 'POST /api/messages');
    assert.equal(posts.length, 1);

    await scene.reconnect();
    assert.deepEqual(scene.stored(), ['from before', 'one', 'two']);
    assert.deepEqual(scene.shown(), ['from before', 'one', 'two']);
  });

  test('messages that wait for a join fail with its error', async () => {
    const scene = await blocked();
    scene.server.rejections.push({ type: 'post', code: 'FORBIDDEN' });
    scene.client.send(LOBBY, 'never');
    await scene.calm();

    scene.server.forbidden.add(LOBBY);
    await scene.reconnect();

    assert.deepEqual(scene.shown(), ['from before', 'never (failed)']);
  });

  test('nothing is sent over HTTP while the machine is offline', async () => {
    const scene = await FlatScene.inLobby();
    const asked = scene.server.requests.length;
    scene.environment.isOnline = false;
    scene.server.cut();
    scene.client.send(LOBBY, 'waits');
    await scene.calm();

    assert.equal(scene.server.requests.length, asked);
  });

  test('an ended session is detected, and queued messages are kept for the next session', async () => {
    const scene = await FlatScene.inLobby();
    scene.environment.session = 'ended';
    scene.server.cut();
    scene.client.reconnect();
    scene.environment.socket.end(1006);
    await scene.calm();

    assert.equal(scene.view().state, 'unauthorized');
    scene.client.send(LOBBY, 'later');
    scene.environment.session = 'valid';
    await scene.reconnect();
    assert.deepEqual(scene.stored(), ['later']);
  });
});
