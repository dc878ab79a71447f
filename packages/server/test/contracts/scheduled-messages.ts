/** Contract of every store for messages that users send later. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import { keyOfScheduled, type ScheduledMessage } from '../../src/model/scheduled-message.ts';
import { FILE_WAIT_MS, fileUrlOf } from '../../src/model/stored-file.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, command, NOON_MS, withLobby } from '../support/records.ts';

const MAX = 5;

export function testScheduledMessages(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: scheduled messages`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const insert = (
      user: User,
      id: string,
      sendAtMs: number,
      content = id,
      attachments: ScheduledMessage['attachments'] = [],
    ) => {
      const place = { roomId: lobby.id, parentId: undefined, alsoToRoom: false };
      const row = { ...place, id, content, attachments, createdAtMs: NOON_MS, sendAtMs };
      return store.scheduled.insertScheduled({ userId: user.id, ...row }, MAX);
    };
    const list = async (user: User) =>
      (await store.scheduled.listScheduled(user.id)).map(({ id }) => id);
    const take = (nowMs: number, limit = 9) =>
      store.scheduled.takeDueScheduled({ nowMs, dueAtMs: nowMs + 100, limit });

    test('are listed for each user, the next one first', async () => {
      await insert(alice, 'late', NOON_MS + 20);
      await insert(alice, 'early', NOON_MS + 10);
      await insert(bob, 'early', NOON_MS + 10);
      assert.deepEqual([await list(alice), await list(bob)], [['early', 'late'], ['early']]);
      const parentId = 'm1' as MessageId;
      const row = { userId: bob.id, id: 'x', roomId: lobby.id, parentId, content: '👋' };
      const more = { alsoToRoom: true, attachments: [{ url: 'https://files.example/ä' }] };
      const whole = { ...row, ...more, createdAtMs: NOON_MS, sendAtMs: NOON_MS + 30 };
      const inserted = await store.scheduled.insertScheduled(whole, MAX);
      assert.deepEqual(inserted, { ...whole, failure: undefined });
      assert.deepEqual((await store.scheduled.listScheduled(bob.id))[1], inserted);
      assert.deepEqual(await store.scheduled.findScheduled(bob.id, 'x'), inserted);
      assert.equal(await store.scheduled.findScheduled(alice.id, 'x'), undefined);
    });

    test('are the same when they are inserted again, and have a limit', async () => {
      for (let n = 0; n < MAX; n += 1) assert(await insert(alice, `s${n}`, NOON_MS));
      assert.equal(await insert(alice, 'more', NOON_MS), undefined);
      const again = await insert(alice, 's0', NOON_MS + 9, 'other');
      assert(typeof again === 'object');
      assert.equal(again.content, 's0');
      await store.scheduled.cancelScheduled(alice.id, 's1', NOON_MS);
      assert(await insert(alice, 'more', NOON_MS));
      assert(await insert(bob, 's0', NOON_MS));
    });

    test('are changed and cancelled by their author, until they are sent', async () => {
      await insert(alice, 's', NOON_MS + 10);
      const { scheduled } = store;
      const change = { content: 'new', attachments: undefined, sendAtMs: NOON_MS + 20 };
      assert.equal(await scheduled.changeScheduled(bob.id, 's', change, NOON_MS), undefined);
      assert.equal(await scheduled.cancelScheduled(bob.id, 's', NOON_MS), undefined);
      const changed = await scheduled.changeScheduled(alice.id, 's', change, NOON_MS);
      assert(typeof changed === 'object');
      assert.deepEqual([changed.content, changed.sendAtMs], ['new', NOON_MS + 20]);
      assert.equal(await scheduled.hasDueScheduled(NOON_MS + 19), false);
      assert.equal((await take(NOON_MS + 20)).length, 1);
      assert.equal(await scheduled.changeScheduled(alice.id, 's', change, NOON_MS), 'taken');
      assert.equal(await scheduled.cancelScheduled(alice.id, 's', NOON_MS), 'taken');
      await scheduled.settleScheduled(alice.id, 's', { kind: 'sent' });
      assert.equal(await scheduled.cancelScheduled(alice.id, 's', NOON_MS), undefined);
      assert.deepEqual(await list(alice), []);
    });

    test('are taken by one node, in their order, and again after a time', async () => {
      await insert(alice, 'late', NOON_MS + 20);
      await insert(bob, 'early', NOON_MS + 10);
      await insert(bob, 'later', NOON_MS + 30);
      const both = await Promise.all([take(NOON_MS + 20), take(NOON_MS + 20)]);
      assert.deepEqual(
        both.flat().map(({ id, wasTaken }) => [id, wasTaken]),
        [
          ['early', false],
          ['late', false],
        ],
      );
      const later = { kind: 'later', dueAtMs: NOON_MS + 50, isTaken: false } as const;
      await store.scheduled.settleScheduled(bob.id, 'early', later);
      assert.deepEqual(
        (await take(NOON_MS + 120)).map(({ id, wasTaken }) => [id, wasTaken]),
        [
          ['later', false],
          ['early', false],
          ['late', true],
        ],
      );
    });

    test('stay with a failure, until they have a new time', async () => {
      await insert(alice, 's', NOON_MS);
      await take(NOON_MS);
      const failed = { kind: 'failed', failure: 'FORBIDDEN' } as const;
      await store.scheduled.settleScheduled(alice.id, 's', failed);
      assert.equal(await store.scheduled.hasDueScheduled(NOON_MS + 999), false);
      const failureAfter = async (change: { content?: string; sendAtMs?: number }) => {
        const all = { content: undefined, attachments: undefined, sendAtMs: undefined, ...change };
        const changed = await store.scheduled.changeScheduled(alice.id, 's', all, NOON_MS);
        return typeof changed === 'object' ? changed.failure : changed;
      };
      assert.equal(await failureAfter({ content: 'better' }), 'FORBIDDEN');
      assert.equal(await failureAfter({ sendAtMs: NOON_MS + 5 }), undefined);
      assert.equal(await store.scheduled.hasDueScheduled(NOON_MS + 5), true);
    });

    const upload = async (id: string, userId = alice.id): Promise<string> => {
      const picture = { width: undefined, height: undefined, hasThumbnail: false };
      const file = { id, userId, name: 'n', type: 'text/plain', size: 1, ...picture };
      const times = { createdAtMs: NOON_MS, roomId: undefined, expiresAtMs: NOON_MS + 1 };
      assert(await store.files.insertFile({ ...file, ...times }, 1000));
      return id;
    };
    const withFiles = (...ids: readonly string[]) => ids.map((fileId) => ({ fileId, alt: 'ä' }));
    /** A new message that takes the file, by the key of a scheduled one or another. */
    const send = async (fileId: string, key?: string) => {
      const about = { roomId: lobby.id, userId: alice.id, attachments: withFiles(fileId) };
      const message = command({ ...about, ...(key !== undefined && { clientMessageId: key }) });
      const [outcome] = await store.log.commit([message]);
      return outcome?.kind;
    };
    const expired = (atMs: number) => store.files.listExpiredFiles(atMs, 9);
    const FOREVER = Number.MAX_SAFE_INTEGER;

    test('hold their files: these do not expire, and go to the message when it is sent', async () => {
      const file = await upload('f');
      const inserted = await insert(alice, 's', NOON_MS + 10, '', withFiles(file));
      assert(typeof inserted === 'object');
      assert.deepEqual(inserted.attachments, withFiles(file));
      assert.deepEqual(await insert(alice, 's', NOON_MS + 10, '', withFiles(file)), inserted);

      assert.deepEqual(await expired(FOREVER), []);
      assert.equal(await insert(alice, 'other', NOON_MS + 10, '', withFiles(file)), 'no-files');
      assert.equal(await send(file), 'rejected');
      await store.accounts.setAvatarUrl(alice.id, fileUrlOf(file));
      const [held] = await store.files.findFiles([file]);
      // Only its uploader reads it.
      assert(held?.expiresAtMs !== undefined && held.roomId === undefined);

      assert.equal(await send(file, keyOfScheduled('s')), 'stored');
      const [placed] = await store.files.findFiles([file]);
      assert.deepEqual([placed?.roomId, placed?.expiresAtMs], [lobby.id, undefined]);
      await store.scheduled.settleScheduled(alice.id, 's', { kind: 'sent' });
      // A request that is repeated now is the same message: the log knows its key.
      assert.deepEqual(await insert(alice, 's', NOON_MS + 10, '', withFiles(file)), inserted);
      assert.equal(await insert(alice, 'other', NOON_MS + 10, '', withFiles(file)), 'no-files');
      await store.scheduled.cancelScheduled(alice.id, 's', NOON_MS);
      assert.deepEqual((await store.files.findFiles([file]))[0], placed);
    });

    test('are refused with files that are of another user, unknown, taken, or named twice', async () => {
      const [own, foreign, sent] = [
        await upload('f'),
        await upload('g', bob.id),
        await upload('h'),
      ];
      assert.equal(await send(sent), 'stored');
      for (const files of [
        [own, foreign],
        [own, 'unknown'],
        [own, sent],
        [own, own],
      ]) {
        assert.equal(await insert(alice, 's', NOON_MS, '', withFiles(...files)), 'no-files');
      }
      assert.deepEqual(await list(alice), []);
      assert.equal(await send(own), 'stored');
    });

    test('leave files for other messages when they are changed or cancelled', async () => {
      const [one, two, three] = [await upload('f1'), await upload('f2'), await upload('f3')];
      await insert(alice, 's', NOON_MS + 10, '', withFiles(one, two));
      const { scheduled } = store;
      const change = (attachments: ScheduledMessage['attachments']) => {
        const edit = { content: undefined, attachments, sendAtMs: undefined };
        return scheduled.changeScheduled(alice.id, 's', edit, NOON_MS);
      };
      assert.equal(await change(withFiles(two, 'unknown')), 'no-files');
      assert.deepEqual(await expired(FOREVER), [three]);
      const changed = await change(withFiles(two, three));
      assert(typeof changed === 'object');
      assert.deepEqual(changed.attachments, withFiles(two, three));
      assert.deepEqual((await scheduled.listScheduled(alice.id))[0], changed);
      assert.deepEqual(await expired(FOREVER), [one]);
      assert.deepEqual(await expired(NOON_MS + FILE_WAIT_MS), []);
      assert.deepEqual(await expired(NOON_MS + FILE_WAIT_MS + 1), [one]);
      assert.equal(await send(one), 'stored');

      await scheduled.cancelScheduled(alice.id, 's', NOON_MS + 5);
      assert.deepEqual(await expired(NOON_MS + 5 + FILE_WAIT_MS), []);
      assert.deepEqual(await expired(NOON_MS + 6 + FILE_WAIT_MS), [two, three]);
      assert(typeof (await insert(alice, 's2', NOON_MS + 10, '', withFiles(two))) === 'object');
    });

    test('of which there are too many hold no files', async () => {
      const file = await upload('f');
      for (let n = 0; n < MAX; n += 1) await insert(alice, `s${n}`, NOON_MS);
      assert.equal(await insert(alice, 'more', NOON_MS, '', withFiles(file)), undefined);
      assert.equal(await send(file), 'stored');
    });

    test('end with the account, and with the messages of a user', async () => {
      const files = [await upload('f'), await upload('g', bob.id)] as const;
      await insert(alice, 's', NOON_MS, '', withFiles(files[0]));
      await insert(bob, 's', NOON_MS, '', withFiles(files[1]));
      await store.removals.insertPurge({ id: 'p', userId: bob.id }, BY);
      const names = { username: 'deleted-1', displayName: 'Deleted user' };
      const deletion = { userId: alice.id, ...names, messages: 'keep', removalId: 'x' } as const;
      await store.removals.deleteAccount(deletion, BY);
      assert.deepEqual([await list(alice), await list(bob)], [[], []]);
      // Unreadable at once.
      assert.deepEqual(await expired(1), files);
      assert.equal(await store.scheduled.hasDueScheduled(NOON_MS + 100), false);
    });
  });
}
