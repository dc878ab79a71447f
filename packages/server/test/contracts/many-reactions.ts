/**
 * A message with more reactions than one transaction should delete: they become unreadable with
 * the message, and are deleted in steps. Counts rows, since times depend on the machine.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId, RoomId } from '@parley/protocol';
import type { LogCommand } from '../../src/model/log-command.ts';
import type { User } from '../../src/model/user.ts';
import { change, command, NOON_MS, withLobby } from '../support/records.ts';
import type { SqlBed } from '../support/sql-bed.ts';

const REACTIONS = 2500;
const STEP = 1000;

export function testManyReactions(adapter: string, open: () => Promise<SqlBed>): void {
  describe(`${adapter}: a message with many reactions`, () => {
    let bed: SqlBed;
    let alice: User;
    let roomId: RoomId;
    let messageId: MessageId;
    beforeEach(async () => {
      bed = await open();
      const { alice: author, lobby } = await withLobby(bed.store);
      [alice, roomId] = [author, lobby.id];
      const sent = command({ roomId, userId: alice.id });
      messageId = sent.messageId;
      await commit(sent);
      const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${REACTIONS})`;
      await bed.run(
        `INSERT INTO users (id, username, username_key, display_name, role, password_hash, created_at)
         ${numbers} SELECT 'u' || i, 'u' || i, 'u' || i, 'u', 'member', 'hash', ${NOON_MS} FROM n`,
      );
      await bed.run(
        `INSERT INTO reactions (message_id, emoji, user_id, sequence)
         ${numbers} SELECT '${messageId}', '👍', 'u' || i, 1 FROM n`,
      );
    });
    afterEach(() => bed.close());

    const countReactions = () => bed.count('SELECT count(*) FROM reactions');
    const countExported = async () => {
      const source = await bed.openSource();
      const reactions = source.tables.find(({ name }) => name === 'reactions');
      assert(reactions !== undefined);
      let count = 0;
      for await (const _ of source.readRows(reactions)) count += 1;
      await source.close();
      return count;
    };
    const commit = async (wanted: LogCommand) => {
      const [outcome] = await bed.store.log.commit([wanted]);
      assert.equal(outcome?.kind, 'stored');
    };
    const erase = () => commit(change({ roomId, userId: alice.id, kind: 'deletion', messageId }));

    test('loses all of them at once for readers when it is deleted, and in steps on disk', async () => {
      assert.equal(await countExported(), REACTIONS);

      await erase();
      const left = [await countReactions()];
      const message = await bed.store.log.readMessage(roomId, messageId);
      const exported = await countExported();
      while (await bed.store.log.deleteLeftoverReactions(STEP)) {
        left.push(await countReactions());
      }

      assert.deepEqual([message?.isDeleted, message?.reactions, exported], [true, [], 0]);
      assert.deepEqual(left, [2500, 1500, 500, 0]);
    });

    test('keeps the steps if the deletion is repeated', async () => {
      await erase();
      await erase();

      assert.equal(await countReactions(), REACTIONS);
      assert.equal(await bed.store.log.deleteLeftoverReactions(STEP), true);
    });

    test('loses a few with the message', async () => {
      await bed.run("DELETE FROM reactions WHERE user_id > 'u10'");
      assert.ok((await countReactions()) > 0);

      await erase();

      assert.equal(await countReactions(), 0);
      assert.equal(await bed.store.log.deleteLeftoverReactions(STEP), false);
    });

    test('loses them in steps to retention too, before the message', async () => {
      const cut = { beforeMs: Number.MAX_SAFE_INTEGER, eventsMax: STEP };
      const steps: unknown[] = [];
      for (let hasMore = true; hasMore; ) {
        const pruned = await bed.store.log.deleteMessagesOlderThan(roomId, cut);
        hasMore = pruned.hasMore;
        steps.push([pruned.messages, await countReactions()]);
      }

      assert.deepEqual(steps, [
        [0, 1500],
        [0, 500],
        [1, 0],
      ]);
    });
  });
}
