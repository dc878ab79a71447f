import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { TwoNodes } from '../../support/two-nodes.ts';

describe('a workspace with members on two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start();
  });
  afterEach(() => nodes.close());

  test('shows its new name to members on both, and to no other user', async () => {
    const { one, other } = nodes;
    const [alice, bob] = [await one.connect('alice'), await other.connect('bob')];
    const carol = await other.connect('carol');
    await nodes.settle();
    const { user } = alice.connection;
    const { workspaces, workspaceMembers } = one.chat;
    const { workspace } = await nodes.during(workspaces.create(user, 'School'));
    const { id: workspaceId } = workspace;
    const member = { workspaceId, username: 'bob', role: 'member' } as const;
    await nodes.during(workspaceMembers.set(user, member));

    await nodes.during(workspaces.rename(user, { workspaceId, name: 'Academy' }));
    await nodes.advance(1000, 100);

    for (const each of [alice, bob, carol]) {
      assert.deepEqual(
        each.ofKind('workspace-changed').map(({ workspace: { id, name } }) => [id, name]),
        each === carol ? [] : [[workspaceId, 'Academy']],
      );
    }
  });
});
