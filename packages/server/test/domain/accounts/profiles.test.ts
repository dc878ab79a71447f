import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

describe('a display name', () => {
  test('is sent to users who share a room, on all nodes, and to the own connections', async () => {
    const nodes = await TwoNodes.start();
    const { alice, bob } = await nodes.inLobby();
    const tab = await nodes.other.connect('alice');
    await nodes.settle();
    const { user } = alice.connection;

    await nodes.one.chat.profiles.setDisplayName(user, 'Alice Liddell');
    await nodes.settle();

    for (const client of [alice, bob, tab]) {
      assert.equal(client.ofKind('presence').at(-1)?.member.displayName, 'Alice Liddell');
    }
    const [member] = nodes.other.chat.presence.members([user.id]);
    assert.equal(member?.displayName, 'Alice Liddell');
    const stored = await nodes.other.store.accounts.findUser({ kind: 'id', id: user.id });
    assert.equal(stored?.displayName, 'Alice Liddell');
    await nodes.close();
  });

  test('follows the join of its user', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await bob.join('lobby');
    await harness.chat.profiles.setDisplayName(alice.connection.user, 'Alice L.');

    await alice.join('lobby');

    assert.equal(bob.ofKind('presence').at(-1)?.member.displayName, 'Alice L.');
  });

  test('is validated like other names, and is the username if it is empty', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await harness.connect('bob');
    const set = (name: string) => harness.chat.profiles.setDisplayName(alice.connection.user, name);

    for (const name of ['x'.repeat(41), 'a\u202eb', 'a\nb', '\u0410lice', 'Admin', '\u0430dmin']) {
      await assert.rejects(set(name), { code: 'VALIDATION_ERROR' }, JSON.stringify(name));
    }
    for (const name of ['Bob', 'b\u043eb']) {
      await assert.rejects(set(name), (error: { code: string }) =>
        ['CONFLICT', 'VALIDATION_ERROR'].includes(error.code),
      );
    }
    assert.equal((await set('  Alice in Wonderland ')).displayName, 'Alice in Wonderland');
    assert.equal((await set('ALICE')).displayName, 'ALICE');
    assert.equal((await set(' ')).displayName, 'alice');
  });

  test('changes 20 times an hour, so that each name has its entry in the audit log', async () => {
    const harness = new ChatHarness();
    const { user } = (await harness.connect('alice')).connection;
    const set = (name: string) => harness.chat.profiles.setDisplayName(user, name);

    for (let count = 1; count <= 20; count += 1) await set(`Name ${count}`);
    await assert.rejects(set('Another'), { code: 'RATE_LIMITED' });

    // No change.
    await set('Name 20');
    const entries = await harness.store.audit.listAudit({ action: 'user.rename', limit: 100 });
    assert.equal(entries.length, 20);
    assert.deepEqual(entries[0]?.renamed, { from: 'Name 19', to: 'Name 20' });
  });

  test('must not speak for the server or its operators, nor look like the username of another', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await harness.connect('zed');
    const set = (name: string) => harness.chat.profiles.setDisplayName(alice.connection.user, name);
    const reserved = [
      'The Admin',
      'Parley Team',
      'Security Team',
      '@everyone',
      '@here',
      'Ad\u200bmin',
    ];
    reserved.push(
      'System Administrator',
      'Official Support',
      'ParleyTeam',
      'Admin 1',
      '\u0410\u0501min',
    );
    for (const name of [...reserved, 'Moderators', '\uff30arley', '  P\u00e4rley  ', '~ root ~']) {
      await assert.rejects(set(name), { code: 'VALIDATION_ERROR' }, JSON.stringify(name));
    }
    for (const name of ['@zed', 'ZED', 'z\u200bed', '\uff3aed', '(zed)', 'zed.']) {
      await assert.rejects(set(name), { code: 'CONFLICT' }, JSON.stringify(name));
    }
    for (const name of [
      'Anna (Support)',
      'Stafford',
      'Adminah',
      'Zed Zedler',
      'Roomba',
      'Al Lister',
    ]) {
      assert.equal((await set(name)).displayName, name);
    }
  });

  test('that looks like that of another is marked for both, as long as both show it', async () => {
    const nodes = await TwoNodes.start();
    const { alice, bob } = await nodes.inLobby();
    const [one, other] = [alice.connection.user, bob.connection.user];
    const isMarked = () =>
      [one, other].map(({ id }) => nodes.other.chat.presence.members([id])[0]?.nameShared === true);
    const { profiles } = nodes.one.chat;

    await profiles.setDisplayName(one, 'Ana Silva');
    nodes.clock.advance(1000);
    await nodes.settle();
    const marks = [isMarked()];
    await profiles.setDisplayName(other, 'ANA SI\u0301LVA');
    nodes.clock.advance(1000);
    await nodes.settle();
    marks.push(isMarked());
    const [found] = (await nodes.one.chat.people.find(other, { text: 'silva' })).items;
    assert.equal(found?.user.isNameShared, true);
    await profiles.setDisplayName(other, 'Bea Silva');
    nodes.clock.advance(1000);
    await nodes.settle();
    marks.push(isMarked());

    assert.deepEqual(marks, [
      [false, false],
      [true, true],
      [false, false],
    ]);
    await nodes.close();
  });
});
