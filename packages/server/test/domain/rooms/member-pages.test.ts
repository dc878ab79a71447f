/** Where a list of members continues. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

test('a list of members continues after a user who is no member, and does not name the user', async () => {
  const store = openSqliteInMemory();
  const asked: string[] = [];
  const watched = {
    ...store,
    rooms: {
      ...store.rooms,
      listMembersByName: async (_room: unknown, { after }: { readonly after: string }) => {
        asked.push(after);
        return { members: [], next: after === '' ? 'mallory' : undefined };
      },
    },
  };
  const harness = new ChatHarness({ store: watched });
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const mallory = await harness.connect('mallory');
  const { room } = await alice.join('lobby');
  await bob.join('lobby');
  const read = (client: typeof alice, after?: string) =>
    harness.chat.members.read(client.connection.user, {
      ...{ roomId: room.id, q: undefined, limit: 5, after },
    });
  const { next, hasMore } = await read(alice);

  assert(next !== undefined && hasMore);
  const { id } = mallory.connection.user;
  const shown = `${next} ${Buffer.from(next, 'base64url').toString('latin1')}`;
  assert(!shown.includes('mallory') && !shown.includes(id));
  assert.equal((await read(alice, next)).next, undefined);
  await assert.rejects(read(bob, next), { code: 'VALIDATION_ERROR', message: /'after'/ });
  assert.deepEqual(asked, ['', 'mallory']);
  await harness.chat.close();
});
