/** Bans, removals and disabled accounts are effective on all nodes within 10 s, even if the bus loses them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { TcpProxy } from '../../packages/server/test/support/tcp-proxy.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import {
  ACCOUNT_ACTS,
  endAccountEverywhere,
  endRoomEverywhere,
  ROOM_ACTS,
} from '../support/ended-access.ts';
import { repetitions } from '../support/repetitions.ts';
import { TestCluster } from './test-cluster.ts';

const NODE_COUNT = repetitions(2, 3);
/** Tests that wait for the same interval wait together. */
const CONCURRENCY = 4;

describe(`on ${NODE_COUNT} nodes,`, {
  skip: redisSkip() || postgresSkip(),
  concurrency: CONCURRENCY,
}, () => {
  let cluster: TestCluster;
  let bus: TcpProxy;
  let owner: Account;
  let urls: readonly string[];
  const lost = new Set<string>();
  /** Those of them that the bus has lost a message about. */
  const hits = new Set<string>();
  before(async () => {
    cluster = await TestCluster.start(
      NODE_COUNT,
      { FIRST_ACCOUNT: 'owner', USER_CREATION_RATE_MAX: '0', USER_CHANGE_RATE_MAX: '0' },
      async ({ port }) => {
        bus = await TcpProxy.start({ host: '127.0.0.1', port });
        bus.onAnswer = (bytes) => {
          const named = [...lost].filter((id) => bytes.includes(id));
          for (const id of named) hits.add(id);
          return named.length === 0;
        };
        return `redis://127.0.0.1:${bus.port}`;
      },
    );
    urls = cluster.nodes.map(({ url }) => url);
    owner = await Account.signUp(cluster.urlOf(0), 'olivia');
  });
  after(async () => {
    await cluster?.close();
    await bus?.close();
    assert.ok(hits.size >= Object.keys({ ...ROOM_ACTS, ...ACCOUNT_ACTS }).length);
  });

  const lose = (...ids: readonly string[]): void => {
    for (const id of ids) lost.add(id);
  };
  let users = 0;
  const nextUser = (): string => {
    users += 1;
    return `user${users}`;
  };
  const beds = [
    [', of which the bus loses all', () => ({ urls, owner, lose })],
    ['', () => ({ urls, owner })],
  ] as const;
  // The second one only each night.
  for (const [how, bed] of beds.slice(0, repetitions(1, 2))) {
    for (const [name, act] of Object.entries(ROOM_ACTS)) {
      test(`${name}${how} ends the room in every dialect`, () =>
        endRoomEverywhere(bed(), nextUser(), act));
    }
    for (const [name, act] of Object.entries(ACCOUNT_ACTS)) {
      test(`${name}${how} ends every connection and session`, () =>
        endAccountEverywhere(bed(), nextUser(), act));
    }
  }
});
