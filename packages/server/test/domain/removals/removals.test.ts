import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import type { Identity } from '../../../src/model/identity.ts';
import type { Role } from '../../../src/model/user.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { BY } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

/** More than one page of messages. */
const MANY = 130;
/** As long as a removal may wait until another node takes it, and more than the pauses of its steps. */
const LONG_MS = 40_000;

async function identityOf(on: ChatHarness, name: string, role: Role): Promise<Identity> {
  const { id } = await on.userOf(name);
  await on.store.sessions.setRole(id, role, BY);
  const { token } = await on.startSession(await on.userOf(name));
  const identity = await on.chat.sessions.authenticate(token);
  assert(identity !== undefined);
  return identity;
}

async function advance(on: ChatHarness, ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 500) {
    on.clock.advance(Math.min(500, leftMs));
    await on.settle();
  }
}

async function textsOf(on: ChatHarness, roomId: RoomId): Promise<string[]> {
  const page = { roomId, before: undefined, after: 0, limit: 500 };
  const { messages } = await on.store.log.readHistory(page);
  return messages.filter(({ isDeleted }) => !isDeleted).map(({ content }) => content);
}

async function sendMany(client: Client, count = MANY): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => client.send(`spam ${index}`)));
}

const unlimited = { settings: { userMessageRateMax: 0, messageRateMax: 0 } };

describe('the deletion of an account', () => {
  test('ends its connections and memberships on all nodes, and deletes its messages in steps', async () => {
    const nodes = await TwoNodes.start(unlimited);
    const owner = await identityOf(nodes.one, 'olivia', 'owner');
    const { alice, bob, roomId } = await nodes.inLobby();
    await alice.send('stays');
    // The node that owns the room may be the other one, which answers in steps of its own.
    const sending = Promise.all([sendMany(bob), bob.sendTo('alice', 'between us')]);
    await nodes.advance(2000);
    const [, direct] = await sending;

    await nodes.one.chat.userAdministration.delete(owner, bob.connection.user.id, 'delete');
    await nodes.settle();
    assert.equal(bob.endedBy, 'session-ended');
    await nodes.advance(LONG_MS);

    assert.deepEqual(await textsOf(nodes.one, roomId), ['stays']);
    assert.deepEqual(await textsOf(nodes.one, direct.roomId), []);
    const deletions = alice
      .ofKind('logged')
      .filter(({ event }) => event.kind === 'deletion' && event.roomId === roomId);
    assert.equal(deletions.length, MANY); // Each once, whichever node has deleted it.
    const [lost] = alice.ofKind('logged').filter(({ event }) => event.kind === 'access-lost');
    assert.equal(lost?.event.kind === 'access-lost' && lost.event.reason, 'left');
    const { id } = bob.connection.user;
    const rooms = await nodes.store.rooms.listMemberships(id, 9);
    assert.deepEqual(rooms, [{ roomId: direct.roomId, kind: 'direct' }]);
    const finished = [...nodes.one.logger, ...nodes.other.logger].filter(
      ({ event }) => event === 'removal.finished',
    );
    assert.deepEqual(finished, [{ event: 'removal.finished', userId: id, messageCount: MANY + 1 }]);
    await nodes.close();
  });

  test('keeps the messages under another name, and no node shows the former one', async () => {
    const nodes = await TwoNodes.start();
    const owner = await identityOf(nodes.one, 'olivia', 'owner');
    const { alice, bob, roomId } = await nodes.inLobby();
    await bob.send('kept');
    await nodes.settle();
    await nodes.one.chat.profiles.list(owner.user, { ids: [], usernames: ['bob'] });

    await nodes.one.chat.userAdministration.delete(owner, bob.connection.user.id, 'keep');
    await nodes.advance(LONG_MS);

    assert.deepEqual(await textsOf(nodes.one, roomId), ['kept']);
    for (const node of [nodes.one, nodes.other]) {
      const late = await node.connect('carol');
      const opened = await late.join('lobby', { lastSequence: 0 });
      const shown = JSON.stringify([opened, late.received]);
      assert.ok(shown.includes('kept') && shown.includes('deleted-'), shown);
      assert.ok(!shown.includes('"bob"'), shown);
      late.leave();
      await nodes.advance(2000);
    }
    await assert.rejects(alice.sendTo('bob', 'hello?'), { code: 'NOT_FOUND' });
    await nodes.close();
  });

  test('goes on after a server was killed in the middle', async () => {
    const store = openSqliteInMemory();
    const killed = new ChatHarness({ store, ...unlimited });
    await killed.chat.begin();
    const owner = await identityOf(killed, 'olivia', 'owner');
    const alice = await killed.connect('alice');
    const bob = await killed.connect('bob');
    const { room } = await alice.join('lobby');
    await bob.join('lobby');
    await sendMany(bob);
    await killed.chat.userAdministration.delete(owner, bob.connection.user.id, 'delete');
    await advance(killed, 4000);
    const left = await textsOf(killed, room.id);
    assert.ok(left.length > 0 && left.length < MANY, `${left.length}`);

    // The killed server does nothing more: its clock stands still.
    const clock = new FakeClock();
    clock.advance(6000);
    const restarted = new ChatHarness({ store, clock, ...unlimited });
    await restarted.chat.begin();
    await advance(restarted, 4000);

    assert.deepEqual(await textsOf(restarted, room.id), []);
    assert.equal(await store.removals.takeRemoval({ nowMs: 9e15, dueAtMs: 9e15 }), undefined);
    await restarted.chat.close();
  });

  test('goes on by itself after a time without the store', async () => {
    const inner = openSqliteInMemory();
    let isDown = true;
    const log: typeof inner.log = {
      ...inner.log,
      listMessagesOf: async (...page) => {
        if (isDown) throw new StoreUnavailable('not readable');
        return inner.log.listMessagesOf(...page);
      },
    };
    const on = new ChatHarness({ store: { ...inner, log } });
    await on.chat.begin();
    const owner = await identityOf(on, 'olivia', 'owner');
    const bob = await on.connect('bob');
    const { room } = await bob.join('lobby');
    await bob.send('gone');
    await on.chat.userAdministration.delete(owner, bob.connection.user.id, 'delete');
    await advance(on, 5000);
    assert.ok(on.logger.some(({ event }) => event === 'store.failed'));

    isDown = false;
    await advance(on, LONG_MS);

    assert.deepEqual(await textsOf(on, room.id), []);
    await on.chat.close();
  });

  test('takes turns with others, and pauses also where nothing is found', async () => {
    const inner = openSqliteInMemory();
    let steps = 0;
    const log: typeof inner.log = {
      ...inner.log,
      listMessagesOf: (userId, step) => {
        steps += 1;
        return inner.log.listMessagesOf(userId, { ...step, limit: 10 });
      },
    };
    const on = new ChatHarness({ store: { ...inner, log }, ...unlimited });
    await on.chat.begin();
    const owner = await identityOf(on, 'olivia', 'owner');
    const alice = await on.connect('alice');
    const [idle, spammer] = [await on.connect('bob'), await on.connect('carol')];
    const { room } = await alice.join('lobby');
    for (const each of [idle, spammer]) await each.join('lobby');
    await spammer.send('spam');
    await sendMany(alice, 1050);
    await spammer.send('spam');
    const isSpam = async () => (await textsOf(on, room.id)).includes('spam');
    for (const { connection } of [idle, spammer]) {
      await on.chat.userAdministration.delete(owner, connection.user.id, 'delete');
    }

    // The turn of the first one does not come to its end.
    for (let waited = 0; await isSpam(); waited += 1) {
      assert.ok(waited < 300, 'the second removal has begun');
      const before = steps;
      on.clock.advance(50);
      await on.settle();
      assert.ok(steps - before <= 10, `${steps - before} steps without a pause`);
    }
    const finished = () =>
      on.logger.flatMap((record) =>
        record.event === 'removal.finished' ? [record.messageCount] : [],
      );
    assert.deepEqual(finished(), []);
    await advance(on, 10_000);
    assert.deepEqual(finished(), [0, 2]);
    await on.chat.close();
  });

  test('is for lower roles only, and leaves an owner', async () => {
    const on = new ChatHarness();
    const owner = await identityOf(on, 'olivia', 'owner');
    const second = await identityOf(on, 'oscar', 'owner');
    const admin = await identityOf(on, 'adam', 'admin');
    const member = await identityOf(on, 'mary', 'member');
    const remove = (by: Identity, of: Identity) =>
      on.chat.userAdministration.delete(by, of.user.id, 'keep');

    for (const [by, of] of [
      ...([
        [owner, owner],
        [owner, second],
        [admin, owner],
        [admin, admin],
        [member, admin],
      ] as const),
      ...([[member, member]] as const),
    ]) {
      await assert.rejects(remove(by, of), { code: 'FORBIDDEN' });
    }
    await remove(admin, member);
    await assert.rejects(remove(admin, member), { code: 'NOT_FOUND' });
    const enable = on.chat.userAdministration.enable(owner, member.user.id);
    await assert.rejects(enable, { code: 'NOT_FOUND' });
    await remove(owner, admin);

    const own = { password: 'oscar', messages: 'keep' } as const;
    const wrong = { ...own, password: 'of another' };
    await assert.rejects(on.chat.accounts.deleteOwn(second, wrong), { code: 'FORBIDDEN' });
    await on.chat.accounts.deleteOwn(second, own);
    const last = on.chat.accounts.deleteOwn(owner, { ...own, password: 'olivia' });
    await assert.rejects(last, { code: 'CONFLICT' });
    await on.chat.close();
  });

  test('of a user of another application is not undone by its tokens', async () => {
    const on = new ChatHarness({
      accessTokens: {
        issue: async () => 'no.such.token',
        verify: async () => ({
          ...{ kind: 'external', issuer: 'elsewhere', subject: '17', username: 'erin' },
          ...{ displayName: 'Erin', expiresAtMs: Number.MAX_SAFE_INTEGER },
        }),
      },
    });
    const owner = await identityOf(on, 'olivia', 'owner');
    const identity = await on.chat.authenticator.authenticate('a.b.c');
    assert(identity !== undefined);
    const { id } = identity.user;

    await on.chat.userAdministration.delete(owner, id, 'keep');

    assert.equal(await on.chat.authenticator.authenticate('a.b.c'), undefined);
    const [gone] = await on.store.accounts.listUsers([id]);
    assert.equal(gone?.displayName, 'Deleted user');
    await on.chat.close();
  });
});

describe('the removal of all messages of a user', () => {
  test('is done by moderators to lower roles, and the account stays', async () => {
    const on = new ChatHarness(unlimited);
    await on.chat.begin();
    const moderator = await identityOf(on, 'mona', 'moderator');
    const admin = await identityOf(on, 'adam', 'admin');
    const member = await identityOf(on, 'mary', 'member');
    const [alice, bob] = [await on.connect('alice'), await on.connect('bob')];
    const { room } = await alice.join('lobby');
    await bob.join('lobby');
    await sendMany(bob);
    const direct = await bob.sendTo('alice', 'spam for you');
    const purge = (by: Identity, id = bob.connection.user.id) =>
      on.chat.userAdministration.purge(by, id);

    await assert.rejects(purge(member), { code: 'FORBIDDEN' });
    await assert.rejects(purge(moderator, admin.user.id), { code: 'FORBIDDEN' });
    await assert.rejects(purge(moderator, moderator.user.id), { code: 'FORBIDDEN' });
    assert.match(await purge(moderator), /^[\w-]{36}$/);
    await advance(on, LONG_MS);

    assert.deepEqual(await textsOf(on, room.id), []);
    assert.deepEqual(await textsOf(on, direct.roomId), []);
    assert.equal(bob.endedBy, undefined);
    await bob.send('better', { roomId: room.id });
    await advance(on, LONG_MS);
    assert.deepEqual(await textsOf(on, room.id), ['better']);
    await on.chat.close();
  });
});

test('a message of a report is removed also if the server that closed the report was killed', async () => {
  const store = openSqliteInMemory();
  const killed = new ChatHarness({ store, ...unlimited });
  await killed.chat.begin();
  const moderator = await identityOf(killed, 'mona', 'moderator');
  const [alice, bob] = [await killed.connect('alice'), await killed.connect('bob')];
  const { room } = await alice.join('lobby');
  await bob.join('lobby');
  const { messageId } = await bob.send('spam');
  await bob.send('stays');
  const { reports } = killed.chat;
  const id = await reports.report(alice.connection.user, { messageId, reason: 'spam' });
  // The server is killed after this.
  const by = { actor: moderator.user.id, address: '', atMs: killed.clock.nowMs() };
  await store.reports.closeReport(id, { action: 'delete' }, 0, by);

  const restarted = new ChatHarness({ store, ...unlimited });
  await restarted.chat.begin();
  await advance(restarted, 4000);

  assert.deepEqual(await textsOf(restarted, room.id), ['stays']);
  assert.equal(await store.removals.takeRemoval({ nowMs: 9e15, dueAtMs: 9e15 }), undefined);
  await restarted.chat.close();
});

test('a message of a report is removed once: no removal remains', async () => {
  const on = new ChatHarness(unlimited);
  await on.chat.begin();
  const moderator = await identityOf(on, 'mona', 'moderator');
  const [alice, bob] = [await on.connect('alice'), await on.connect('bob')];
  const { room } = await alice.join('lobby');
  await bob.join('lobby');
  const { messageId } = await bob.send('spam');
  const { reports } = on.chat;
  const id = await reports.report(alice.connection.user, { messageId, reason: 'spam' });

  await reports.decide(moderator, id, { action: 'delete' });

  assert.deepEqual(await textsOf(on, room.id), []);
  assert.equal(await on.store.removals.takeRemoval({ nowMs: 9e15, dueAtMs: 9e15 }), undefined);
  await on.chat.close();
});
