import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { BY, NOON_MS } from '../../support/records.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

describe('custom emoji on two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start();
  });
  afterEach(() => nodes.close());

  test('change for users of both', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await nodes.settle();
    const owner = { ...alice.connection.user, role: 'owner' } as const;
    const emoji = { name: 'blob', fileId: 'f', userId: owner.id, createdAtMs: NOON_MS };
    await nodes.store.customEmoji.insertCustomEmoji(emoji, BY);

    await nodes.during(nodes.one.chat.customEmojis.delete(owner, 'blob'));
    await nodes.advance(1000, 100);

    for (const user of [alice, bob]) {
      assert.deepEqual(
        user.ofKind('custom-emoji').map(({ change }) => change),
        [{ removed: 'blob' }],
      );
    }
  });
});
