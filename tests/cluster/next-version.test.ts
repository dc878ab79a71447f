/** A node beside one of a later version, whose messages have kinds and fields that it does not know. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient } from 'redis';
import { Account } from '../../packages/server/test/support/account.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { TestCluster } from './test-cluster.ts';

describe('a node beside one of a later version', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let client: ReturnType<typeof newClient>;
  const newClient = () => createClient({ url: cluster.redis.url });
  before(async () => {
    cluster = await TestCluster.start(1);
    client = newClient();
    await client.connect();
  });
  after(async () => {
    client.destroy();
    await cluster.close();
  });

  test('reads what it knows of its messages, and ignores the rest', async () => {
    const alice = await (await Account.signUp(cluster.urlOf(0), 'alice')).connect();
    const { roomId, epoch } = await alice.joinRoom({ roomName: 'lobby' });
    const bob = await Account.signUp(cluster.urlOf(0), 'bob');
    const channels = await client.pubSubShardChannels();
    const [own = ''] = channels.filter((name) => name.endsWith(`:room:${roomId}`));
    const deployment = own.split(':')[1];
    const publish = (channel: string, message: object) =>
      client.sPublish(
        channel,
        JSON.stringify({ version: 2, deployment, node: 'later', trace: 'added', message }),
      );

    for (const channel of channels) {
      await client.sPublish(channel, '{not JSON');
      await client.sPublish(channel, JSON.stringify({ version: 2, deployment, node: 'later' }));
      await publish(channel, { kind: 'unknown', of: { a: 'later version' } });
      await publish(channel, { kind: 'presence', change: { kind: 'unknown', version: 1 } });
      await publish(channel, { kind: 'event', event: laterEvent(roomId, epoch) });
    }
    await publish(own, {
      kind: 'typing',
      userId: bob.userId,
      username: 'bob',
      isTyping: true,
      device: 'an added field',
    });

    await until(
      () => alice.ofType('user_typing').some(({ username }) => username === 'bob'),
      'the typing indicator',
    );
    const { sequence } = await alice.sendMessage({ roomId, content: 'still here' });
    assert.equal(sequence, 1);
    assert.deepEqual(await cluster.busOf(0), { state: 'up' });
    alice.terminate();
  });
});

/** An event far above the store's head: it is not delivered. */
function laterEvent(roomId: string, epoch: string): object {
  return { kind: 'unknown', roomId, sequence: 1000, ordinal: 0, atMs: 0, epoch };
}
