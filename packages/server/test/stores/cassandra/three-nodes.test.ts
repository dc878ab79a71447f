import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import type { Message } from '../../../src/model/message.ts';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { openCassandraLog } from '../../../src/stores/cassandra/message-log.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { CassandraCluster, cassandraSkip } from '../../support/cassandra-server.ts';
import { command, withLobby } from '../../support/records.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

const directory = mkdtempSync(join(temporaryDirectory(), 'three-'));
const SENT_BEFORE = 30;
const SENT = 90;

/** A first read may still be sent to the killed node, and is then unavailable. */
async function readAll(store: Store, roomId: RoomId): Promise<readonly Message[]> {
  const range = { roomId, before: undefined, after: undefined, limit: 200 };
  let messages: readonly Message[] | undefined;
  await until(async () => {
    const page = await store.log.readHistory(range).catch((error: unknown) => {
      if (!(error instanceof StoreUnavailable)) throw error;
    });
    messages = page?.messages;
    return messages !== undefined;
  }, 'a page of the history');
  return messages ?? [];
}

describe('three nodes of Cassandra', { skip: cassandraSkip() }, () => {
  test('lose no acknowledged message and repeat none when one of them is killed', async () => {
    const cluster = await CassandraCluster.start(3);
    const relational = await openTestStore(directory);
    const log = await openCassandraLog({ url: cluster.url('parley'), durability: 'full' });
    const store = await storesOver(log, relational, { onFailure: () => {} });
    const { alice, lobby } = await withLobby(store);
    /** Sends a message until its outcome is known, as a client does. */
    const send = async (index: number): Promise<void> => {
      const sent = { roomId: lobby.id, userId: alice.id, clientMessageId: `c${index}` };
      await until(async () => {
        const [outcome] = await store.log.commit([command({ ...sent, content: `${index}` })]);
        return outcome?.kind === 'stored' || outcome?.kind === 'duplicate';
      }, `message ${index} to be stored`);
    };

    for (let index = 0; index < SENT_BEFORE; index += 1) await send(index);
    const killed = cluster.node(1).kill();
    for (let index = SENT_BEFORE; index < SENT; index += 1) await send(index);
    await killed;
    const messages = await readAll(store, lobby.id);
    await store.close();
    await cluster.remove();

    assert.deepEqual(
      messages.map(({ sequence, content }) => [sequence, content]),
      Array.from({ length: SENT }, (_, index) => [index + 1, `${index}`]),
    );
  });
});
