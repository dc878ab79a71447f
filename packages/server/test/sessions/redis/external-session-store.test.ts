import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient } from 'redis';
import type { ExternalSessionStore } from '../../../src/ports/external-session-store.ts';
import { openRedisSessions } from '../../../src/sessions/redis/external-session-store.ts';
import { RedisServer, redisSkip } from '../../support/redis-server.ts';

describe('records of sessions in Redis', { skip: redisSkip() }, () => {
  let redis: RedisServer;
  let records: ExternalSessionStore;
  const changes: boolean[] = [];
  before(async () => {
    redis = await RedisServer.start();
    const onChange = (isUp: boolean) => changes.push(isUp);
    records = await openRedisSessions({ url: redis.url, timeoutMs: 10_000, onChange });
  });
  after(async () => {
    await records.close();
    await redis.remove();
  });

  test('ignores keys of another type, and reads the others', async () => {
    const client = await createClient({ url: redis.url }).connect();
    await client.set('sess:one', JSON.stringify({ userId: '17' }));
    await client.hSet('sess:other', 'userId', '18');
    client.destroy();

    const [one, other, missing] = await records.read(['one', 'other', 'missing']);

    assert.equal(one?.userId, '17');
    assert.deepEqual([other, missing], [undefined, undefined]);
    assert.deepEqual([records.isUp, changes], [true, []]);
  });
});
