import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toActivityPage } from '../../../src/gateways/native/encode-activity.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { BY } from '../../support/records.ts';

async function threeInLobby() {
  const harness = new ChatHarness();
  const [alice, bob, carol] = [
    await harness.connect('alice'),
    await harness.connect('bob'),
    await harness.connect('carol'),
  ];
  const { room } = await alice.join('lobby');
  for (const client of [bob, carol]) await client.join('lobby');
  const listFor = async ({ connection }: typeof alice) => {
    const { messages } = await harness.chat.activity.list(connection.user);
    return messages.map(({ kind, actor, message, emoji, isUnread, roomName }) => {
      return [kind, actor.username, message.content, emoji, isUnread, roomName].join(' | ');
    });
  };
  const say = async (client: typeof alice, content: string, parentId?: string) => {
    harness.clock.advance(1000);
    const reply = parentId === undefined ? {} : { parentId: parentId as never };
    return client.send(content, { roomId: room.id, ...reply });
  };
  return { harness, alice, bob, carol, room, listFor, say };
}

describe('the activity of a user', () => {
  test('has mentions, replies in their threads, and reactions to their messages', async () => {
    const { harness, alice, bob, carol, room, listFor, say } = await threeInLobby();
    const question = await say(alice, 'a question');
    await say(bob, 'an answer', question.messageId);
    await say(bob, 'look, @alice');
    await say(bob, 'not for her');
    harness.clock.advance(1000);
    const react = { kind: 'reaction-added', emoji: '\u{1F44D}' } as const;
    await carol.change(room.id, question.messageId, react);

    assert.deepEqual(await listFor(alice), [
      'reaction | carol | a question | \u{1F44D} | true | lobby',
      'mention | bob | look, @alice |  | true | lobby',
      'reply | bob | an answer |  | true | lobby',
    ]);
    // A thread that the user has answered.
    await say(carol, 'me too', question.messageId);
    assert.deepEqual(await listFor(bob), ['reply | carol | me too |  | true | lobby']);
  });

  test('follows the user after a change of the name, which nobody else shows then', async () => {
    const { harness, alice, bob, carol, room, listFor, say } = await threeInLobby();
    const { user } = alice.connection;
    await say(bob, 'look, @alice');
    const { messageId } = await say(bob, 'for nobody');
    await bob.change(room.id, messageId, {
      ...{ kind: 'edit', content: 'edited for @alice', contentLengthMax: 100 },
    });
    await harness.store.accounts.setUsername({ ...user, username: 'alicia' }, BY);
    await say(carol, 'look, @alicia');
    const renamed = {
      ...alice,
      connection: { ...alice.connection, user: { ...user, username: 'alicia' } },
    };

    assert.deepEqual(await listFor(renamed as typeof alice), [
      'mention | carol | look, @alicia |  | true | lobby',
      'mention | bob | edited for @alice |  | true | lobby',
      'mention | bob | look, @alice |  | true | lobby',
    ]);
    const { profiles } = harness.chat;
    for (const name of ['alice', 'Alice', '@alice']) {
      const showing = profiles.setDisplayName(carol.connection.user, name);
      await assert.rejects(showing, { code: 'CONFLICT' }, name);
    }
    assert.equal((await profiles.setDisplayName(user, 'Alice')).displayName, 'Alice');
  });

  test('leaves out what was read, removed, blocked or muted', async () => {
    const { harness, alice, bob, carol, room, listFor, say } = await threeInLobby();
    const own = await say(alice, 'mine');
    const { messageId } = await say(bob, 'gone, @alice');
    const kept = await say(bob, 'kept, @alice');
    await say(carol, 'blocked, @alice');
    const react = { kind: 'reaction-added', emoji: '\u{1F44D}' } as const;
    await bob.change(room.id, own.messageId, react);
    await bob.change(room.id, own.messageId, { ...react, kind: 'reaction-removed' });
    await bob.change(room.id, messageId, { kind: 'deletion' });
    const { user } = alice.connection;
    await harness.chat.blocks.block(user, carol.connection.user.id);
    await harness.chat.readReceipts.markRead(alice.connection, {
      roomId: room.id,
      sequence: kept.sequence,
    });

    assert.deepEqual(await listFor(alice), ['mention | bob | kept, @alice |  | false | lobby']);
    const choice = { roomId: room.id, level: 'nothing' } as const;
    await harness.chat.notificationLevels.choose({ user, connection: undefined }, choice);
    assert.deepEqual(await listFor(alice), []);
  });

  test('has a reaction that was removed and added again once', async () => {
    const { bob, alice, room, listFor, say } = await threeInLobby();
    const { messageId } = await say(alice, 'mine');
    const react = { kind: 'reaction-added', emoji: '\u{1F44D}' } as const;

    await bob.change(room.id, messageId, react);
    await bob.change(room.id, messageId, { ...react, kind: 'reaction-removed' });
    await bob.change(room.id, messageId, react);

    assert.deepEqual(await listFor(alice), ['reaction | bob | mine | \u{1F44D} | true | lobby']);
  });

  test('has the latest entry first, also within a millisecond', async () => {
    const { harness, alice, bob, room } = await threeInLobby();
    for (const count of [1, 2, 3]) await bob.send(`@alice ${count}`, { roomId: room.id });

    const list = await harness.chat.activity.list(alice.connection.user);

    const contents = ['@alice 3', '@alice 2', '@alice 1'];
    assert.deepEqual(
      list.messages.map(({ message }) => message.content),
      contents,
    );
    assert.deepEqual(
      toActivityPage(list).entries.map((entry) => 'content' in entry && entry.content),
      contents,
    );
  });

  test('finds the author of an older message, and has invitations', async () => {
    const { harness, alice, bob, listFor, say } = await threeInLobby();
    const old = await say(alice, 'long ago');
    for (let count = 0; count < 210; count += 1) await say(bob, `chatter ${count}`);
    await say(bob, 'back to that', old.messageId);

    assert.deepEqual(await listFor(alice), ['reply | bob | back to that |  | true | lobby']);

    await harness.chat.privacy.set(alice.connection.user, { askBeforeStrangers: true });
    const carol = await harness.connect('stranger');
    const { user } = alice.connection;
    await harness.chat.groups.create(carol.connection, { userIds: [user.id], name: 'Hikers' });
    const { invitations } = await harness.chat.activity.list(user);
    assert.deepEqual(
      invitations.map(({ name, inviter }) => [name, inviter.username]),
      [['Hikers', 'stranger']],
    );
  });

  test('continues page by page to the start of the rooms, with each entry once', async () => {
    const { harness, alice, bob, say } = await threeInLobby();
    const { user } = alice.connection;
    const { room: other } = await bob.join('other');
    await alice.join('other');
    await say(bob, 'oldest, @alice');
    await bob.send('elsewhere, @alice', { roomId: other.id });
    for (let count = 0; count < 450; count += 1) await say(bob, `chatter ${count}`);
    for (let count = 0; count < 130; count += 1) await say(bob, `call ${count}, @alice`);

    const pages: string[][] = [];
    let next: string | undefined;
    do {
      const page = await harness.chat.activity.list(user, next);
      pages.push(page.messages.map(({ message }) => message.content));
      next = page.next;
    } while (next !== undefined && pages.length < 20);

    assert.equal(next, undefined);
    assert.equal(pages[0]?.[0], 'call 129, @alice');
    assert(pages.every(({ length }) => length <= 100));
    const all = pages.flat();
    assert.equal(all.length, 132);
    assert.equal(new Set(all).size, 132);
    assert(all.includes('oldest, @alice') && all.includes('elsewhere, @alice'));
    await assert.rejects(harness.chat.activity.list(user, 'no position'), {
      code: 'VALIDATION_ERROR',
    });
  });
});
