/** Contract of every store for files: each stands in one message of its uploader, or expires. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Room } from '../../src/model/room.ts';
import type { StoredFile } from '../../src/model/stored-file.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, command, NOON_MS, ownedBy, room, withLobby } from '../support/records.ts';

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

    const upload = async (over: Partial<StoredFile> = {}): Promise<StoredFile> => {
      const file: StoredFile = {
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

    test('are not stored beyond the bytes of all files', async () => {
      const file = await upload({ size: 60 });
      const next = { ...file, id: randomUUID() };

      assert.equal(await store.files.insertFile(next, 119), false);
      assert.deepEqual(await placeOf(next), undefined);
      assert.equal(await store.files.insertFile(next, 120), true);
    });
  });
}
