import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { VERSION_CHARACTERS_MAX, VERSIONS_MAX } from '../../src/model/message-version.ts';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, commitMessage, NOON_MS, withLobby } from '../support/records.ts';

export function testMessageVersions(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: earlier texts of messages`, () => {
    let store: Store;
    let log: EventLog;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      log = store.log;
      ({ bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const send = (content: string) =>
      commitMessage(log, { roomId: lobby.id, userId: bob.id, content, admittedAtMs: NOON_MS });
    const toChange = (
      messageId: MessageId,
      to: { readonly content: string; readonly atMs: number } | 'deleted',
    ) => {
      const about = { roomId: lobby.id, userId: bob.id, messageId };
      if (to === 'deleted') return change({ ...about, kind: 'deletion' });
      const mentions = { everyone: false, names: [] };
      const { content, atMs } = to;
      return { ...change({ ...about, kind: 'edit', content, mentions }), admittedAtMs: atMs };
    };
    const apply = async (...changes: readonly Parameters<typeof toChange>[]): Promise<void> => {
      const results = await log.commit(changes.map((each) => toChange(...each)));
      assert.deepEqual([...new Set(results.map(({ kind }) => kind))], ['stored']);
    };

    test('edits keep what they replace, with its time, the latest first', async () => {
      const [hello, other] = [await send('hello'), await send('other')];
      await apply([hello, { content: 'good day', atMs: NOON_MS + 1 }]);
      await apply(
        [hello, { content: 'good night', atMs: NOON_MS + 2 }],
        [other, { content: 'another', atMs: NOON_MS + 2 }],
        [hello, { content: 'good bye', atMs: NOON_MS + 2 }],
      );

      assert.deepEqual(await log.readVersions(lobby.id, 1), [
        { content: 'good night', writtenAtMs: NOON_MS + 2 },
        { content: 'good day', writtenAtMs: NOON_MS + 1 },
        { content: 'hello', writtenAtMs: NOON_MS },
      ]);
      assert.deepEqual(await log.readVersions(lobby.id, 2), [
        { content: 'other', writtenAtMs: NOON_MS },
      ]);
    });

    test('an edit that changes nothing keeps nothing', async () => {
      const hello = await send('hello');
      await apply([hello, { content: 'hello', atMs: NOON_MS + 1 }]);

      assert.deepEqual(await log.readVersions(lobby.id, 1), []);
    });

    test('they are deleted with their message', async () => {
      const [hello, other] = [await send('hello'), await send('other')];
      await apply([other, { content: 'another', atMs: NOON_MS + 1 }]);
      await apply([hello, { content: 'secret', atMs: NOON_MS + 1 }]);
      await apply([hello, { content: 'public', atMs: NOON_MS + 2 }], [hello, 'deleted']);

      assert.deepEqual(await log.readVersions(lobby.id, 1), []);
      assert.equal((await log.readVersions(lobby.id, 2)).length, 1);
    });

    test('retention deletes them with their message', async () => {
      const hello = await send('hello');
      await apply([hello, { content: 'good bye', atMs: NOON_MS + 1 }]);
      await log.deleteMessagesOlderThan(lobby.id, { beforeMs: NOON_MS + 1, eventsMax: 9 });

      assert.deepEqual(await log.readVersions(lobby.id, 1), []);
    });

    test('the latest are kept, up to a number and a size', async () => {
      const [many, long] = [await send('text 0'), await send('a')];
      const numbers = Array.from({ length: VERSIONS_MAX + 2 }, (_, index) => index + 1);
      for (const number of numbers) {
        await apply([many, { content: `text ${number}`, atMs: NOON_MS + number }]);
      }
      const kept = (await log.readVersions(lobby.id, 1)).map(({ content }) => content);
      assert.equal(kept.length, VERSIONS_MAX);
      assert.deepEqual([kept.at(0), kept.at(-1)], [`text ${VERSIONS_MAX + 1}`, 'text 2']);

      const third = '👋'.repeat(VERSION_CHARACTERS_MAX / 4);
      for (const letter of 'bcdefg') {
        await apply([long, { content: `${letter}${third}`, atMs: NOON_MS + 99 }]);
      }
      const letters = (await log.readVersions(lobby.id, 2)).map(({ content }) => content[0]);
      assert.deepEqual(letters, ['f', 'e', 'd']);
    });
  });
}
