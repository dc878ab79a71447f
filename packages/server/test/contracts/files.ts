/** Contract of every store for files: each stands in one message of its uploader, or expires. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import { fileUrlOf, type NewFile, type StoredFile } from '../../src/model/stored-file.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, change, command, NOON_MS, ownedBy, room, withLobby } from '../support/records.ts';

const LATER_MS = NOON_MS + 1000;
const ALL = Number.MAX_SAFE_INTEGER;

export function testFiles(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: files`, () => {
    let store: Store;
    let alice: User;
    let bob: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, bob, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const upload = async (over: Partial<NewFile> = {}): Promise<StoredFile> => {
      const file: NewFile = {
        ...{ id: randomUUID(), userId: alice.id, name: 'ä 😀.png', type: 'image/png', size: 10 },
        ...{ width: 3, height: 2, hasThumbnail: true, createdAtMs: NOON_MS },
        ...{ roomId: undefined, expiresAtMs: LATER_MS, ...over },
      };
      assert.equal(await store.files.insertFile(file, ALL), true);
      return file;
    };
    const withFiles = (
      files: readonly StoredFile[],
      over: Partial<Parameters<typeof command>[0]> = {},
    ) =>
      command({
        ...{ roomId: lobby.id, userId: alice.id },
        attachments: files.map(({ id, name }) => ({ fileId: id, name })),
        ...over,
      });
    const kinds = async (...commands: Parameters<Store['log']['commit']>[0]) =>
      (await store.log.commit(commands)).map((outcome) =>
        outcome.kind === 'rejected' ? [outcome.code, outcome.field] : outcome.kind,
      );
    const placeOf = async ({ id }: StoredFile) => {
      const [file] = await store.files.findFiles([id]);
      return file && { roomId: file.roomId, expiresAtMs: file.expiresAtMs };
    };
    const REFUSED = ['NOT_FOUND', 'attachments'];
    const RELEASED = { roomId: undefined, expiresAtMs: 0 };

    test('are found as they were stored', async () => {
      for (const file of [
        await upload(),
        await upload({ durationMs: 61_250 }),
        await upload({ blurHash: 'LEHV6nWB2yk8$pyo' }),
      ]) {
        assert.deepEqual(await store.files.findFiles([file.id]), [file]);
      }
    });

    test('stay while they are the picture of their uploader, and expire after it', async () => {
      const [first, second, foreign] = [
        await upload(),
        await upload(),
        await upload({ userId: bob.id }),
      ];
      const show = (file: StoredFile | undefined) =>
        store.accounts.setAvatarUrl(alice.id, file && fileUrlOf(file.id));
      const KEPT = { roomId: undefined, expiresAtMs: undefined };

      await show(first);
      assert.deepEqual(await placeOf(first), KEPT);
      assert.deepEqual(await kinds(withFiles([first])), [REFUSED]);
      await show(second);
      assert.deepEqual(await Promise.all([first, second].map(placeOf)), [RELEASED, KEPT]);
      await show(second);
      assert.deepEqual(await placeOf(second), KEPT);
      await show(undefined);
      assert.deepEqual(await placeOf(second), RELEASED);
      await show(foreign);
      assert.deepEqual(await placeOf(foreign), { roomId: undefined, expiresAtMs: LATER_MS });
    });

    test('are found as they were stored', async () => {
      const picture = await upload();
      const other = await upload({ width: undefined, height: undefined, hasThumbnail: false });

      const found = await store.files.findFiles([other.id, picture.id, 'unknown']);

      const byId = new Map(found.map((file) => [file.id, file]));
      assert.deepEqual([byId.get(picture.id), byId.get(other.id)], [picture, other]);
      assert.equal(found.length, 2);
    });

    test('stand in the message that has them, and in no other', async () => {
      const [one, two] = [await upload(), await upload()];
      const elsewhere = room('elsewhere');
      await store.rooms.createRoom(elsewhere, ownedBy(alice), NOON_MS);

      assert.deepEqual(await kinds(withFiles([one, two])), ['stored']);

      assert.deepEqual(await placeOf(two), { roomId: lobby.id, expiresAtMs: undefined });
      assert.deepEqual(await kinds(withFiles([one]), withFiles([two], { roomId: elsewhere.id })), [
        REFUSED,
        REFUSED,
      ]);
      assert.deepEqual(await placeOf(two), { roomId: lobby.id, expiresAtMs: undefined });
    });

    test('stand in one of two messages of a batch', async () => {
      const file = await upload();
      assert.deepEqual(await kinds(withFiles([file]), withFiles([file])), ['stored', REFUSED]);
    });

    test('are listed by their room, those of the latest message first, while a message has them', async () => {
      const [old, gone, late, early] = [
        await upload(),
        await upload(),
        await upload({ id: 'b', durationMs: 61_250 }),
        await upload({ id: 'a' }),
      ];
      const [waiting, picture, elsewhere] = [await upload(), await upload(), await upload()];
      const other = room('elsewhere');
      await store.rooms.createRoom(other, ownedBy(alice), NOON_MS);
      const deleted = withFiles([gone]);
      await kinds(withFiles([old]), deleted, withFiles([early, late]));
      await kinds(withFiles([elsewhere], { roomId: other.id }));
      const shown = { picture: { fileId: picture.id } };
      await store.rooms.changeRoom(lobby.id, shown, { ...BY, actor: alice.id });
      const by = { roomId: lobby.id, userId: alice.id, kind: 'deletion' } as const;
      await kinds(change({ ...by, messageId: deleted.messageId }));
      const list = (before?: { sequence: number; id: string }, limit = 9) =>
        store.files.listRoomFiles(lobby.id, { before, limit });

      const all = await list();

      assert.deepEqual(
        all.map(({ id }) => id),
        [late.id, early.id, old.id],
      );
      const [first, second, last] = all;
      const placed = { roomId: lobby.id, expiresAtMs: undefined, sequence: first?.sequence };
      assert.deepEqual(first, { ...late, ...placed });
      assert.equal(second?.sequence, first?.sequence);
      assert.equal((await placeOf(waiting))?.roomId, undefined);
      assert.equal((await placeOf(picture))?.roomId, lobby.id);
      assert.deepEqual(await list(undefined, 1), [first]);
      assert.deepEqual(await list(first, 1), [second]);
      assert.deepEqual(await list(second), [last]);
      assert.deepEqual(await list(last), []);
    });

    test('are refused if they are of another user, unknown, expired, or named twice', async () => {
      const [own, foreign] = [await upload(), await upload({ userId: bob.id })];
      const expired = await upload({ expiresAtMs: NOON_MS });
      const unknown = { ...own, id: 'unknown' };

      for (const files of [
        [own, foreign],
        [own, unknown],
        [own, expired],
        [own, own],
      ]) {
        assert.deepEqual(await kinds(withFiles(files)), [REFUSED]);
      }

      assert.deepEqual(await placeOf(own), { roomId: undefined, expiresAtMs: LATER_MS });
      const { messages } = await store.log.readHistory({
        ...{ roomId: lobby.id, before: undefined, after: undefined, limit: 9 },
      });
      assert.deepEqual(messages, []);
    });

    test('stay in the message that a retry repeats', async () => {
      const file = await upload();
      const sent = withFiles([file], { clientMessageId: 'c1' });
      const again = { ...sent, messageId: withFiles([file]).messageId };

      assert.deepEqual(await kinds(sent), ['stored']);
      assert.deepEqual(await kinds(again), ['duplicate']);
      assert.deepEqual((await placeOf(file))?.roomId, lobby.id);
    });

    test('are released when the message is deleted, also in the same batch', async () => {
      const [one, two] = [await upload(), await upload()];
      const [first, second] = [withFiles([one]), withFiles([two])];
      const by = { roomId: lobby.id, userId: alice.id, kind: 'deletion' } as const;

      await kinds(first);
      await kinds(change({ ...by, messageId: first.messageId }));
      await kinds(second, change({ ...by, messageId: second.messageId }));

      assert.deepEqual([await placeOf(one), await placeOf(two)], [RELEASED, RELEASED]);
      assert.deepEqual(await kinds(withFiles([one])), [REFUSED]);
    });

    test('are released by retention with their messages, and not those of later ones', async () => {
      const [one, two] = [await upload(), await upload()];
      await kinds(withFiles([one]), withFiles([two]));

      await store.log.deleteMessagesOlderThan(lobby.id, { beforeMs: NOON_MS + 1, eventsMax: 1 });

      assert.deepEqual(await placeOf(one), RELEASED);
      assert.deepEqual((await placeOf(two))?.roomId, lobby.id);
    });

    test('are deleted when they have expired, oldest first, and their bytes are free again', async () => {
      const standing = await upload({ size: 100 });
      await kinds(withFiles([standing]));
      const late = await upload({ expiresAtMs: LATER_MS + 1 });
      const early = await upload();
      assert.equal(await store.files.readFileBytes(), 120);

      assert.deepEqual(await store.files.listExpiredFiles(LATER_MS, 9), []);
      assert.deepEqual(await store.files.listExpiredFiles(ALL, 1), [early.id]);
      assert.deepEqual(await store.files.listExpiredFiles(ALL, 9), [early.id, late.id]);
      await store.files.deleteFiles([standing.id, early.id, late.id], LATER_MS + 1);

      assert.deepEqual(await placeOf(early), undefined);
      assert.deepEqual(
        (await store.files.findFiles([late.id, standing.id])).map(({ id }) => id).sort(),
        [late.id, standing.id].sort(),
      );
      assert.equal(await store.files.readFileBytes(), 110);
    });

    test('go with the account if no message has taken them', async () => {
      const [standing, unsent] = [await upload(), await upload()];
      await kinds(withFiles([standing]));
      const other = await upload({ userId: bob.id });

      const names = { username: 'deleted-1', displayName: 'Deleted user' };
      const deletion = { userId: alice.id, ...names, removalId: randomUUID() };
      await store.removals.deleteAccount({ ...deletion, messages: 'keep' }, BY);

      assert.deepEqual(await store.files.listExpiredFiles(NOON_MS, 9), [unsent.id]);
      assert.deepEqual((await placeOf(standing))?.roomId, lobby.id);
      assert.deepEqual((await placeOf(other))?.expiresAtMs, LATER_MS);
    });

    describe('that await their thumbnails', () => {
      const MAKING_MS = 100;
      const awaiting = (id: string, over: Partial<NewFile> = {}) =>
        upload({ id, awaitsThumbnails: true, ...over });
      const isDue = (atMs: number) => store.files.hasDueThumbnails(atMs);
      const take = async (nowMs: number, attemptsMax = 9) => {
        const times = { nowMs, dueAtMs: nowMs + MAKING_MS, attemptsMax };
        const taken = await store.files.takeDueThumbnails(times);
        return taken && `${taken.id} ${taken.attempts}`;
      };

      test('are taken from their upload on, the latest first, each for a time', async () => {
        await upload();
        assert.deepEqual([await isDue(NOON_MS), await take(NOON_MS)], [false, undefined]);
        await awaiting('old', { createdAtMs: NOON_MS - 1 });
        await awaiting('late');
        assert.deepEqual([await isDue(NOON_MS - 2), await isDue(NOON_MS)], [false, true]);

        assert.equal(await take(NOON_MS - 1), 'old 1');
        assert.equal(await take(NOON_MS), 'late 1');
        assert.equal(await take(NOON_MS), undefined);

        assert.equal(await isDue(NOON_MS + MAKING_MS - 2), false);
        const again = [await take(NOON_MS + MAKING_MS), await take(NOON_MS + MAKING_MS)];
        assert.deepEqual(again, ['late 2', 'old 2']);
      });

      test('are given to several processes once', async () => {
        for (const id of ['a', 'b', 'c']) await awaiting(id);
        const all = await Promise.all(Array.from({ length: 6 }, () => take(NOON_MS)));
        // A call passes over rows that others take at that moment, and may find no other row.
        const taken = all.filter((each) => each !== undefined);
        while (taken.length < 3) taken.push((await take(NOON_MS)) ?? assert.fail());
        assert.deepEqual(taken.toSorted(), ['a 1', 'b 1', 'c 1']);
      });

      test('are not taken again when they are made, and later otherwise', async () => {
        await awaiting('a');
        await awaiting('b');
        await take(NOON_MS);
        await take(NOON_MS);

        await store.files.settleThumbnails('a', undefined);
        await store.files.settleThumbnails('b', NOON_MS + 5);

        assert.equal(await take(NOON_MS + 4), undefined);
        assert.equal(await take(NOON_MS + 5), 'b 2');
        await store.files.settleThumbnails('a', NOON_MS);
        assert.equal(await isDue(NOON_MS + MAKING_MS), false);
      });

      test('are not taken after the last attempt, nor when they are released', async () => {
        await awaiting('a');
        assert.deepEqual([await take(NOON_MS, 2), await take(NOON_MS, 2)], ['a 1', undefined]);
        assert.equal(await take(NOON_MS + MAKING_MS, 2), 'a 2');
        await store.files.settleThumbnails('a', NOON_MS);
        assert.equal(await isDue(ALL), false);

        const sent = withFiles([await awaiting('b')]);
        await kinds(sent);
        assert.equal(await take(NOON_MS), 'b 1');
        const by = { roomId: lobby.id, userId: alice.id, kind: 'deletion' } as const;
        await kinds(change({ ...by, messageId: sent.messageId }));
        await store.files.settleThumbnails('b', NOON_MS);
        assert.equal(await isDue(ALL), false);
      });
    });

    test('are not stored beyond the bytes of all files', async () => {
      const file = await upload({ size: 60 });
      const next = { ...file, id: randomUUID() };

      assert.equal(await store.files.insertFile(next, 119), false);
      assert.deepEqual(await placeOf(next), undefined);
      assert.equal(await store.files.insertFile(next, 120), true);
    });

    test('of a user take a share of what is free, so that others find space', async () => {
      const all = 1000;
      let bytes = 0;
      for (let user = 0; user < 15; user += 1) {
        const file = { ...(await upload({ size: 0 })), userId: `${randomUUID()}` as UserId };
        const size = Math.max(1, Math.floor((all - bytes) / 20));
        let own = 0;
        const insert = () =>
          store.files.insertFile({ ...file, id: randomUUID(), size }, all, 1 / 4);
        while (await insert()) own += size;
        bytes += own;
        if (user === 0) assert.equal(own, 200);
        assert.ok(own >= 1);
        assert.equal(await store.files.readUserFileBytes(file.userId), own);
        assert.equal(await store.files.readFileBytes(), bytes);
      }
    });
  });
}
