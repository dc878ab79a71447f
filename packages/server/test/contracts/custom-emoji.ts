/** Contract of every store for custom emoji. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { CUSTOM_EMOJI_MAX } from '../../src/model/custom-emoji.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { BY, NOON_MS, withLobby } from '../support/records.ts';

export function testCustomEmoji(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: custom emoji`, () => {
    let store: Store;
    let alice: User;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice } = await withLobby(store));
    });
    afterEach(() => store.close());

    const emojiOf = (name: string) => ({
      ...{ name, fileId: `of-${name}`, userId: alice.id, createdAtMs: NOON_MS },
    });
    const insert = (name: string) => store.customEmoji.insertCustomEmoji(emojiOf(name), BY);
    const upload = (id: string) => {
      const file = { id, userId: alice.id, name: 'a.png', type: 'image/webp', size: 10 };
      const about = { width: 1, height: 1, hasThumbnail: false, roomId: undefined };
      return store.files.insertFile(
        { ...file, ...about, createdAtMs: NOON_MS, expiresAtMs: NOON_MS + 1 },
        1000,
      );
    };

    test('are listed by name, found and deleted, each with an entry', async () => {
      assert.equal(await insert('party-parrot'), 'stored');
      assert.equal(await insert('blob'), 'stored');
      assert.equal(await insert('blob'), 'taken');
      const all = [emojiOf('blob'), emojiOf('party-parrot')];
      assert.deepEqual(await store.customEmoji.listCustomEmoji(), all);
      assert.deepEqual(await store.customEmoji.findCustomEmoji('blob'), all[0]);

      assert.equal(await store.customEmoji.deleteCustomEmoji('blob', BY), true);
      assert.equal(await store.customEmoji.deleteCustomEmoji('blob', BY), false);

      assert.equal(await store.customEmoji.findCustomEmoji('blob'), undefined);
      const entries = await store.audit.listAudit({ limit: 9 });
      assert.deepEqual(
        entries
          .filter(({ action }) => action.startsWith('emoji.'))
          .map(({ action, target }) => `${action} ${target}`),
        ['emoji.delete blob', 'emoji.create blob', 'emoji.create party-parrot'],
      );
    });

    test('keep their files, which may be deleted with them', async () => {
      await upload('of-blob');
      const expiryOf = async () => (await store.files.findFiles(['of-blob']))[0]?.expiresAtMs;
      await insert('blob');
      assert.equal(await expiryOf(), undefined);
      await store.customEmoji.deleteCustomEmoji('blob', BY);
      assert.equal(await expiryOf(), 0);
    });

    test('have a limit', async () => {
      for (let n = 0; n < CUSTOM_EMOJI_MAX; n += 1) await insert(`emoji-${n}`);
      assert.equal(await insert('more'), 'too-many');
      await store.customEmoji.deleteCustomEmoji('emoji-0', BY);
      assert.equal(await insert('more'), 'stored');
    });
  });
}
