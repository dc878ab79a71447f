/** The import of another application in a process of its own, beside the nodes of a cluster. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { Account } from '../../packages/server/test/support/account.ts';
import { runAlone } from '../../packages/server/test/support/parley-command.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { repetitions } from '../support/repetitions.ts';
import { TestCluster } from './test-cluster.ts';

const ROOMS = ['one', 'two'];
/** Messages of each room in an import that is still running when its process is killed. */
const MANY = repetitions(600, 2000);

function mattermostFile(count: number): string {
  const path = join(temporaryDirectory(), 'mattermost.jsonl');
  const channels = ROOMS.map((name) => ({ name, roles: 'channel_user' }));
  const posts = ROOMS.flatMap((channel) =>
    Array.from({ length: count }, (_, index) => ({
      ...{ team: 'core', channel, user: 'ana', message: `${channel} ${index}` },
      create_at: 1_700_000_000_000 + index,
    })),
  );
  const lines = [
    { type: 'version', version: 1 },
    ...ROOMS.map((name) => ({
      type: 'channel',
      channel: { team: 'core', name, display_name: name, type: 'O' },
    })),
    { type: 'user', user: { username: 'ana', teams: [{ name: 'core', channels }] } },
    ...posts.map((post) => ({ type: 'post', post })),
  ];
  writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  return path;
}

describe('the unit of imports', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let database: pg.Client;
  before(async () => {
    cluster = await TestCluster.start(1, { UNITS: 'none' });
    database = new pg.Client({ connectionString: cluster.databaseUrl });
    await database.connect();
  });
  after(async () => {
    await database?.end();
    await cluster?.close();
  });

  /** As the command does. */
  async function want(path: string): Promise<string> {
    const id = randomUUID();
    const bytes = readFileSync(path);
    const digest = createHash('sha256').update(bytes).digest('hex');
    await database.query(
      `INSERT INTO imports (id, format, path, size, digest, operator, state, due_at, attempts, done, total, created_at, changed_at)
       VALUES ($1, 'mattermost', $2, $3, $4, 'root@test', 'waiting', $5, 0, 0, 0, $5, $5)`,
      [id, path, bytes.length, digest, Date.now()],
    );
    return id;
  }
  const stateOf = async (id: string) => {
    const { rows } = await database.query('SELECT state FROM imports WHERE id = $1', [id]);
    return rows[0]?.state;
  };
  /** As if half a minute had gone since the process of this import noted its progress. */
  const giveUp = (id: string) =>
    database.query('UPDATE imports SET due_at = 0 WHERE id = $1', [id]);
  const imported = async (): Promise<number> => {
    const sql = "SELECT count(*)::int AS n FROM messages WHERE content NOT LIKE 'live%'";
    return (await database.query(sql)).rows[0].n;
  };

  test('is run by the command, for nodes that leave it out', async () => {
    const path = mattermostFile(3);
    for (const expected of ['6 messages (0 were here)', '0 messages (6 were here)']) {
      const { code, stderr } = await runAlone(
        ['import', 'mattermost', path],
        cluster.commandSettings(),
      );
      assert.equal(code, 0, stderr);
      assert.ok(stderr.includes(expected), stderr);
    }
  });

  test('imports in a process of its own, and another one goes on if that hangs or is killed', async () => {
    const alice = await Account.signUp(cluster.urlOf(0), 'alice');
    const first = await cluster.startUnits('imports');
    const small = await want(mattermostFile(5));
    await until(async () => (await stateOf(small)) === 'done', 'the small import');
    const socket = await alice.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'two' });

    const large = await want(mattermostFile(MANY));
    await until(async () => (await imported()) > MANY / 4, 'some messages');
    process.kill(first.pid, 'SIGSTOP');
    // Not over the socket: at the end of its import a room closes there, which may be at any time.
    const say = (content: string) =>
      alice.must('POST', '/api/messages', { roomId, content, clientMessageId: content });
    await say('live, beside a process that hangs');
    const second = await cluster.startUnits('imports');
    await giveUp(large);
    const before = await imported();
    const goesOn = async () => (await stateOf(large)) === 'done' || (await imported()) > before;
    await until(goesOn, 'the next process');
    await second.kill();
    await first.kill();
    await say('live, beside a process that was killed');
    await giveUp(large);

    const third = await cluster.startUnits('imports');
    await until(async () => (await stateOf(large)) === 'done', 'the large import');
    assert.equal(await imported(), ROOMS.length * MANY);
    const { rows } = await database.query(
      `SELECT r.id FROM rooms r JOIN (SELECT room_id, count(*) AS n, max(sequence) AS head FROM room_events GROUP BY room_id) e
       ON e.room_id = r.id WHERE e.n <> r.head_sequence OR e.head <> r.head_sequence`,
    );
    assert.deepEqual(rows, []);
    await socket.next('resync_required');
    await socket.joinRoom({ roomName: 'two' });
    const path = `/api/rooms/${roomId}/messages?limit=50`;
    const page = await alice.must<{ messages: { content: string }[] }>('GET', path);
    assert.equal(page.messages.at(-1)?.content, `two ${MANY - 1}`);
    await third.stop();
  });
});
