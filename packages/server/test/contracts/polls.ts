import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type MessageId, POLL_LOCK, toPollAttachment, votesOf } from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, commitMessage, NOON_MS, withLobby } from '../support/records.ts';

export function testPolls(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: polls`, () => {
    let store: Store;
    let log: EventLog;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      log = store.log;
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const options = ['Tea', 'Coffee', 'Water'];
    const [tea = '', coffee = '', water = ''] = votesOf({ options });
    const ask = (who: User, more: { isMultiple?: boolean; endsAtMs?: number } = {}) =>
      commitMessage(log, {
        ...{ roomId: lobby.id, userId: who.id, content: 'Drinks?', admittedAtMs: NOON_MS },
        attachments: [
          toPollAttachment({ options, isMultiple: false, endsAtMs: undefined, ...more }),
        ],
      });
    const react = (who: User, messageId: MessageId, emoji: string, isAdded = true) =>
      change(
        {
          ...{ roomId: lobby.id, userId: who.id, messageId, emoji },
          kind: isAdded ? 'reaction-added' : 'reaction-removed',
        },
        { admittedAtMs: NOON_MS },
      );
    const votes = async (messageId: MessageId) => {
      const message = await log.readMessage(lobby.id, messageId);
      return message?.reactions.map(({ emoji, userIds, count }) => {
        assert.equal(userIds.length, count);
        return [emoji, ...userIds];
      });
    };
    const kindsOf = (results: Awaited<ReturnType<EventLog['commit']>>) =>
      results.map((result) => ('code' in result ? result.code : result.kind));

    test('a vote replaces the earlier one of its user in one event', async () => {
      const poll = await ask(bob);
      await log.commit([react(bob, poll, tea), react(alice, poll, tea), react(bob, poll, '👍')]);
      const [changed] = await log.commit([react(bob, poll, coffee)]);

      assert(changed?.kind === 'stored' && changed.event.kind === 'reaction-added');
      assert.deepEqual([changed.event.emoji, changed.event.count], [coffee, 1]);
      assert.deepEqual(changed.event.others, [
        { emoji: tea, count: 1 },
        { emoji: water, count: 0 },
      ]);
      assert.deepEqual(await votes(poll), [
        [tea, alice.id],
        [coffee, bob.id],
        ['👍', bob.id],
      ]);
      // The same event again, as the other nodes and later clients read it.
      const { events } = await log.readEvents(lobby.id, changed.event.sequence - 1, 9);
      assert.deepEqual(events, [changed.event]);

      // A repeated vote changes nothing, and a removed vote leaves none.
      await log.commit([react(bob, poll, coffee), react(alice, poll, tea, false)]);
      assert.deepEqual(await votes(poll), [
        [coffee, bob.id],
        ['👍', bob.id],
      ]);
    });

    test('votes of one batch count as if they came alone', async () => {
      const poll = await ask(bob);
      await log.commit([
        ...[react(bob, poll, tea), react(bob, poll, coffee), react(alice, poll, coffee)],
        ...[react(bob, poll, water), react(alice, poll, water), react(alice, poll, tea)],
      ]);

      assert.deepEqual(await votes(poll), [
        [tea, alice.id],
        [water, bob.id],
      ]);
    });

    test('several options can be chosen if the poll says so', async () => {
      const poll = await ask(bob, { isMultiple: true });
      await log.commit([react(bob, poll, tea), react(bob, poll, coffee)]);

      assert.deepEqual(await votes(poll), [
        [tea, bob.id],
        [coffee, bob.id],
      ]);
    });

    test('no vote counts after the end', async () => {
      const [open, ended] = [
        await ask(bob, { endsAtMs: NOON_MS + 1 }),
        await ask(bob, { endsAtMs: NOON_MS }),
      ];
      const results = await log.commit([
        ...[react(bob, open, tea), react(bob, ended, tea), react(bob, ended, '👍')],
      ]);

      assert.deepEqual(kindsOf(results), ['stored', 'CONFLICT', 'stored']);
      assert.deepEqual(await votes(ended), [['👍', bob.id]]);
    });

    test('only the author and moderators close a poll and open it again', async () => {
      const [ofBob, ofAlice] = [await ask(bob), await ask(alice)];
      const results = await log.commit([
        ...[react(bob, ofAlice, POLL_LOCK), react(bob, ofBob, tea), react(bob, ofBob, POLL_LOCK)],
        ...[react(bob, ofBob, coffee), react(bob, ofBob, tea, false)],
        // The owner of the room.
        ...[react(alice, ofBob, tea), react(alice, ofBob, POLL_LOCK)],
        ...[react(alice, ofBob, POLL_LOCK, false), react(bob, ofBob, POLL_LOCK, false)],
        react(bob, ofBob, water),
      ]);

      assert.deepEqual(kindsOf(results), [
        ...['FORBIDDEN', 'stored', 'stored', 'CONFLICT', 'CONFLICT', 'CONFLICT'],
        ...['stored', 'stored', 'stored', 'stored'],
      ]);
      assert.deepEqual(await votes(ofBob), [[water, bob.id]]);
    });

    test('other reactions do not take the place of votes', async () => {
      const poll = await ask(bob);
      const letters = Array.from({ length: 50 }, (_, index) =>
        String.fromCodePoint(0x1f1e6 + index),
      );
      await log.commit(letters.map((emoji) => react(bob, poll, emoji)));
      const results = await log.commit([react(alice, poll, 'x'), react(alice, poll, tea)]);

      assert.deepEqual(kindsOf(results), ['CONFLICT', 'stored']);
    });

    test('the text of a poll does not change', async () => {
      const poll = await ask(bob);
      const mentions = { everyone: false, names: [] };
      const about = { roomId: lobby.id, userId: bob.id, messageId: poll };
      const edit = change({ ...about, kind: 'edit', content: 'Food?', mentions });

      assert.deepEqual(kindsOf(await log.commit([edit])), ['FORBIDDEN']);
    });
  });
}
