import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import type { Room } from '../../src/model/room.ts';
import type { User } from '../../src/model/user.ts';
import type { Store } from '../../src/ports/store.ts';
import { change, commitMessage, NOON_MS, withLobby } from '../support/records.ts';

export function testPins(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: pinned messages`, () => {
    let store: Store;
    let alice: User;
    let lobby: Room;
    beforeEach(async () => {
      store = await openEmpty();
      ({ alice, lobby } = await withLobby(store));
    });
    afterEach(() => store.close());

    const send = (): Promise<MessageId> =>
      commitMessage(store.log, {
        ...{ roomId: lobby.id, userId: alice.id, admittedAtMs: NOON_MS },
      });
    const apply = (kind: 'pin' | 'unpin' | 'deletion', messageId: MessageId) =>
      store.log.commit([
        change({ kind, roomId: lobby.id, userId: alice.id, messageId }, { admittedAtMs: NOON_MS }),
      ]);
    const pins = async (limit: number, before?: number) => {
      const page = { roomId: lobby.id, before, after: undefined, limit, isPinned: true } as const;
      const { messages, hasMore } = await store.log.readHistory(page);
      assert(messages.every(({ isPinned }) => isPinned));
      return { sequences: messages.map(({ sequence }) => sequence), hasMore };
    };

    test('are read in pages, whatever is between them', async () => {
      const ids: MessageId[] = [];
      for (let count = 0; count < 8; count += 1) ids.push(await send());
      const [first, , third, , , , , last] = ids;
      assert(first !== undefined && third !== undefined && last !== undefined);
      for (const id of [third, last, first]) await apply('pin', id);
      await send();

      assert.deepEqual(await pins(10), { sequences: [1, 3, 8], hasMore: false });
      assert.deepEqual(await pins(2), { sequences: [3, 8], hasMore: true });
      assert.deepEqual(await pins(2, 3), { sequences: [1], hasMore: false });
    });

    test('end with an unpin, a deletion, and the retention of their message', async () => {
      const [one, two, three] = [await send(), await send(), await send()];
      for (const id of [one, two, three]) await apply('pin', id);
      for (const kind of ['unpin', 'pin'] as const) await apply(kind, one);
      await apply('unpin', two);
      await apply('deletion', three);
      const kept = await send();
      await apply('pin', kept);
      assert.deepEqual((await pins(10)).sequences, [1, 11]);

      const cut = { beforeMs: NOON_MS + 1, eventsMax: 1 };
      await store.log.deleteMessagesOlderThan(lobby.id, cut);

      assert.deepEqual((await pins(10)).sequences, [11]);
    });
  });
}
