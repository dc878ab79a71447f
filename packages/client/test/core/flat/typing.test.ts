/** Typing users as the hooks show them: from the first report to the end. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { FlatScene, LOBBY } from '../../fakes/flat-scene.ts';
import { ALICE, BOB } from '../../fakes/scripted-server.ts';

/** Time that a typing user is shown without a further report. */
const LASTS_MS = 6_000;

describe('a typing user in a channel', () => {
  let scene: FlatScene;

  beforeEach(async () => {
    scene = await FlatScene.inLobby();
  });

  const tell = (isTyping: boolean, { id: userId, username } = BOB): void =>
    scene.server.send({ type: 'user_typing', channelId: LOBBY, userId, username, isTyping });
  const typists = (): string[] => scene.view().typingUsers.map(({ username }) => username);

  test('is shown until the server reports the end', () => {
    tell(true);
    assert.deepEqual(typists(), ['bob']);

    tell(false);
    assert.deepEqual(typists(), []);
  });

  test('is shown for a limited time without news, which each report extends', () => {
    tell(true);
    scene.environment.advance(LASTS_MS - 1);
    tell(true);
    scene.environment.advance(LASTS_MS - 1);
    assert.deepEqual(typists(), ['bob']);

    scene.environment.advance(1);
    assert.deepEqual(typists(), []);
  });

  test('stays after a message that was being stored when typing started', async () => {
    tell(true);
    tell(false);
    tell(true);
    scene.server.post('lobby', 'here it is');
    await scene.calm();

    assert.deepEqual(scene.shown(), ['here it is']);
    assert.deepEqual(typists(), ['bob']);
  });

  test('disappears when they leave', () => {
    tell(true);
    const { id: userId, username } = BOB;
    const person = { channelId: LOBBY, userId, username };
    scene.server.send({ type: 'user_presence', ...person, status: 'offline' });

    assert.deepEqual(typists(), []);
  });

  test('is unknown without a connection', () => {
    tell(true);
    scene.server.cut();

    assert.deepEqual(typists(), []);
  });

  test('is never the user, on another device', () => {
    tell(true, ALICE);

    assert.deepEqual(typists(), []);
  });
});
