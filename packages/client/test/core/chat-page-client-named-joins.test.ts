import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JOIN_BY_NAME_WAIT_MS, JOINS_BY_NAME_MAX } from '../../src/core/rooms/join-by-name.ts';
import { LOBBY } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { settle } from '../fakes/fake-environment.ts';

const UNAVAILABLE = { code: 'UNAVAILABLE' };

/** Waiting for a connection. */
function connecting(): Scene {
  const scene = new Scene();
  scene.client.connect();
  return scene;
}

describe('ChatClient: a join by name', () => {
  test('is sent as soon as there is a connection', async () => {
    const scene = connecting();

    const joining = scene.client.joinRoom('lobby');
    await settle();
    scene.environment.advance(JOIN_BY_NAME_WAIT_MS - 1);
    scene.server.accept();
    scene.server.flush();

    assert.equal(await joining, LOBBY);
    assert(scene.room().isLive);
  });

  test('waits for a connection for 10 s, not longer', async () => {
    const scene = connecting();
    let end = 'none';
    const joining = scene.client.joinRoom('lobby');
    joining.catch(() => {
      end = 'rejected';
    });
    await settle();

    scene.environment.advance(JOIN_BY_NAME_WAIT_MS - 1);
    await settle();
    assert.equal(end, 'none');
    scene.environment.advance(1);

    await assert.rejects(joining, UNAVAILABLE);
  });

  test('does not wait for the next attempt to connect', async () => {
    const scene = Scene.inRooms();
    scene.server.cut();
    assert.equal(scene.client.getSnapshot().connection.kind, 'waiting');

    const joining = scene.client.joinRoom('lobby');
    await settle();
    scene.server.accept();
    scene.server.flush();

    assert.equal(await joining, LOBBY);
  });

  test('is sent again when the connection was lost before the answer', async () => {
    const scene = Scene.inRooms();
    const joining = scene.client.joinRoom('lobby');
    await settle();

    scene.server.cut();
    scene.reconnect();
    scene.server.flush();

    assert.equal(await joining, LOBBY);
  });

  test('is not sent again after the time limit', async () => {
    const scene = Scene.inRooms();
    const joining = scene.client.joinRoom('lobby');
    await settle();

    // The answer has a longer time limit than the connection; within it nothing is
    // rejected.
    scene.environment.advance(JOIN_BY_NAME_WAIT_MS);
    scene.server.cut();

    await assert.rejects(joining, UNAVAILABLE);
  });

  test('is rejected when the session ends, or the client is closed', async () => {
    const ended = connecting();
    const first = ended.client.joinRoom('lobby');
    await settle();
    ended.environment.socket.upgrade();
    ended.environment.session = 'ended';
    ended.environment.socket.end(4001);
    await assert.rejects(first, { code: 'UNAUTHENTICATED' });

    const closed = Scene.inRooms();
    const second = closed.client.joinRoom('lobby');
    closed.client.close();
    await assert.rejects(second, UNAVAILABLE);
    assert.equal(closed.environment.timerCount, 0);
  });

  test('is rejected at once if the session has ended', async () => {
    const scene = connecting();
    scene.environment.session = 'ended';
    scene.environment.socket.upgrade();
    scene.environment.socket.end(4001);
    await settle();

    await assert.rejects(scene.client.joinRoom('lobby'), { code: 'UNAUTHENTICATED' });
    assert.equal(scene.environment.timerCount, 0);
  });

  test('is rejected when too many are waiting', async () => {
    const scene = connecting();
    const joins = Array.from({ length: JOINS_BY_NAME_MAX }, (_, n) =>
      scene.client.joinRoom(`r${n}`),
    );

    await assert.rejects(scene.client.joinRoom('one more'), UNAVAILABLE);
    scene.server.accept();
    scene.server.flush();
    await settle();

    assert.equal((await Promise.all(joins)).length, JOINS_BY_NAME_MAX);
  });
});
