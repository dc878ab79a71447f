import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const LOST_ALL = { lost: 1, repeated: 0, delayed: 0, delayMsMax: 0 };

describe('groups of users on two nodes', () => {
  let nodes: TwoNodes;
  let alice: Client;
  let bob: Client;
  beforeEach(async () => {
    nodes = await TwoNodes.start();
    [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await nodes.settle();
  });
  afterEach(() => nodes.close());

  const create = () => {
    const owner = { ...alice.connection.user, role: 'owner' } as const;
    const request = { handle: 'design', name: 'Design', userIds: [bob.connection.user.id] };
    return nodes.during(nodes.one.chat.userGroups.create(owner, request));
  };
  const handles = () => bob.ofKind('user-groups').map((event) => event.handles);
  const mentions = () => bob.ofKind('room-activity').at(-1)?.mentionCount;

  test('are known to members of the other node, and reach them in a room that they have not opened', async () => {
    await create();
    await nodes.advance(1000, 100);
    assert.deepEqual(handles(), [['design']]);

    const { room } = await nodes.during(alice.join('town'));
    await nodes.during(alice.send('look, @design', { roomId: room.id }));
    await nodes.advance(2000, 100);
    assert.equal(mentions(), 1);
  });

  test('are learned from the store if the bus has lost the change', async () => {
    nodes.network.faults = LOST_ALL;
    await create();
    await nodes.advance(1000, 100);
    nodes.network.faults = { ...LOST_ALL, lost: 0 };
    assert.deepEqual([handles(), nodes.other.chat.userGroups.isEmpty], [[], true]);

    await nodes.advance(31_000, 1000);

    assert.equal(nodes.other.chat.userGroups.isEmpty, false);
  });
});
