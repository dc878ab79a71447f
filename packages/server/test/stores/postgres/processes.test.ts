import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Store } from '../../../src/ports/store.ts';
import { openPostgresTarget } from '../../../src/stores/postgres/archive.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, NOON_MS, ownedBy, room, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

interface Line {
  readonly roomId: string;
  readonly clientMessageId: string;
  readonly kind: 'stored' | 'duplicate';
  readonly sequence: number;
}

describe('postgres store', { skip: postgresSkip() }, () => {
  test('gives two processes with overlapping and repeated batches one order, each message once', async () => {
    const databases = await TestDatabases.open();
    const url = await databases.create();
    const store = await openTestStore(url);
    const { alice, lobby } = await withLobby(store);
    const rooms = [lobby, room('ops'), room('random')];
    for (const each of rooms) await store.rooms.createRoom(each, ownedBy(alice), NOON_MS);

    const run = (seed: number) => {
      const ids = [alice.id, ...rooms.map(({ id }) => id)];
      const args = [join(import.meta.dirname, 'writer.ts'), url, String(seed), ...ids];
      return promisify(execFile)(process.execPath, args, { maxBuffer: 16 * 1024 * 1024 });
    };
    const outputs = await Promise.all([run(1), run(2)]);

    const lines = outputs.flatMap(({ stdout }) =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line),
    );
    assert.deepEqual([...new Set(lines.map(({ kind }) => kind))].sort(), ['duplicate', 'stored']);
    for (const { id: roomId } of rooms) {
      const here = lines.filter((line) => line.roomId === roomId);
      const stored = here.filter(({ kind }) => kind === 'stored');
      const places = new Map(stored.map((line) => [line.clientMessageId, line.sequence]));
      assert.equal(places.size, stored.length, 'an id was stored twice');
      assert.deepEqual(
        [...places.values()].sort((a, b) => a - b),
        Array.from(stored, (_, index) => index + 1),
      );
      for (const line of here) assert.equal(line.sequence, places.get(line.clientMessageId));
      const page = { roomId, before: undefined, after: 0, limit: 1000 };
      const { messages } = await store.log.readHistory(page);
      assert.deepEqual(
        new Map(messages.map(({ clientMessageId, sequence }) => [clientMessageId, sequence])),
        places,
      );
    }
    await store.close();
    await databases.close();
  });

  test('lets two nodes prune the same events while others write, each event once', async () => {
    const databases = await TestDatabases.open();
    const url = await databases.create();
    const nodes = [await openTestStore(url), await openTestStore(url)] as const;
    const { alice, lobby } = await withLobby(nodes[0]);
    const about = { roomId: lobby.id, userId: alice.id };
    const batch = () => Array.from({ length: 40 }, () => command(about));
    await nodes[0].log.commit(batch());

    const cut = { beforeMs: NOON_MS + 1, eventsMax: 7 };
    const prune = async ({ log }: Store): Promise<number> => {
      let events = 0;
      for (let steps = 0; steps < 20; steps += 1) {
        events += (await log.deleteMessagesOlderThan(lobby.id, cut)).events;
      }
      return events;
    };
    const write = async ({ log }: Store): Promise<void> => {
      for (let batches = 0; batches < 5; batches += 1) await log.commit(batch());
    };
    const [one, other] = await Promise.all([...nodes.map(prune), ...nodes.map(write)]);

    const { firstSequence, events } = await nodes[0].log.readEvents(lobby.id, 0, 1000);
    assert.equal((one ?? 0) + (other ?? 0), firstSequence - 1);
    assert.equal(firstSequence - 1 + events.length, 11 * 40);
    for (const node of nodes) await node.close();
    const target = await openPostgresTarget(url);
    assert.deepEqual(await target.findInconsistencies(), []);
    await target.close();
    await databases.close();
  });
});
