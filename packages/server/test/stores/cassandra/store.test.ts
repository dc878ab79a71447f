import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import type { MessageLog } from '../../../src/ports/message-log.ts';
import { openCassandraLog } from '../../../src/stores/cassandra/message-log.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { testStoreContract } from '../../contracts/store.ts';
import { CassandraCluster, cassandraSkip } from '../../support/cassandra-server.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const parent = temporaryDirectory();
const onFailure = (error: unknown): void => {
  throw error;
};

describe('cassandra', { skip: cassandraSkip() }, () => {
  let cluster: CassandraCluster;
  let log: MessageLog;
  before(async () => {
    cluster = await CassandraCluster.start();
    // Small buckets: the cases reach their ends.
    const url = cluster.url('parley_contract');
    log = await openCassandraLog({ url, durability: 'full', bucketEvents: 7 });
  });
  after(async () => {
    await log.close();
    await cluster.remove();
  });

  testStoreContract('cassandra over sqlite', async () => {
    const relational = await openTestStore(mkdtempSync(join(parent, 'cassandra-')));
    // The cases share the keyspace: their rooms have ids of their own.
    return storesOver(new Proxy(log, { get: keepOpen }), relational, { onFailure });
  });
});

function keepOpen(target: MessageLog, name: string | symbol): unknown {
  return name === 'close' ? async () => {} : Reflect.get(target, name);
}
