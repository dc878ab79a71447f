import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

describe('a followed thread in a room of two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start();
  });
  afterEach(() => nodes.close());

  const states = (client: Client) =>
    client.ofKind('thread-changed').map(({ state }) => [state.unreadCount, state.unreadThreads]);

  test('tells a follower on the other node of replies, and the other devices of what is read', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    const device = await nodes.one.connect('bob');
    const root = await nodes.during(bob.send('a question'));
    await nodes.advance(2000, 100);

    const { sequence } = await nodes.during(alice.send('one', { parentId: root.messageId }));
    await nodes.advance(2000, 100);
    assert.deepEqual([states(bob), states(device)], [[[1, 1]], [[1, 1]]]);
    assert.deepEqual(states(alice), [[0, 0]]);

    const read = { roomId, messageId: root.messageId, sequence };
    await nodes.during(nodes.other.chat.threads.markRead(bob.connection.user, read));
    await nodes.advance(2000, 100);
    assert.deepEqual(
      [states(bob).at(-1), states(device).at(-1)],
      [
        [0, 0],
        [0, 0],
      ],
    );
  });
});
