/** `parley import slack` beside a server to which people write, and kills of both. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, test } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { endAll, parley, run, runAlone, started } from '../support/parley-command.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

afterEach(endAll);

const ROOMS = ['one', 'two', 'three'];
const START_S = 1_700_000_000;

/** @param count Messages in each room. */
function slackFile(count: number): string {
  const path = join(temporaryDirectory(), 'slack.zip');
  const json = (list: unknown) => strToU8(JSON.stringify(list));
  const users = ['U1', 'U2', 'U3'].map((id) => ({ id, team_id: 'T', name: id, profile: {} }));
  const channels = ROOMS.map((name) => ({ id: name, name, creator: 'U1', members: ['U1', 'U2'] }));
  const messagesOf = (room: string) =>
    Array.from({ length: count }, (_, index) => ({
      ...{ type: 'message', user: `U${(index % 3) + 1}`, text: `${room} ${index}` },
      ...{ ts: `${START_S + index}.000000`, reactions: [{ name: '+1', users: ['U2'] }] },
    }));
  const days = ROOMS.map((name) => [`${name}/2023-11-14.json`, json(messagesOf(name))] as const);
  const lists = { 'users.json': json(users), 'channels.json': json(channels) };
  writeFileSync(path, zipSync({ ...lists, ...Object.fromEntries(days) }));
  return path;
}

function rows(directory: string, sql: string): readonly Record<string, unknown>[] {
  const database = new DatabaseSync(join(directory, 'parley.db'), { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

const countOf = (directory: string): number =>
  Number(
    rows(directory, "SELECT count(*) AS n FROM messages WHERE content NOT LIKE 'live %'")[0]?.['n'],
  );

/** Every log is whole, and every message of the export is there once. */
function assertWhole(directory: string, count: number): void {
  const gaps = rows(
    directory,
    `SELECT r.id FROM rooms r LEFT JOIN (SELECT room_id, count(*) AS n, max(sequence) AS head FROM room_events GROUP BY room_id) e
     ON e.room_id = r.id WHERE coalesce(e.n, 0) <> r.head_sequence OR coalesce(e.head, 0) <> r.head_sequence`,
  );
  assert.deepEqual(gaps, []);
  for (const room of ROOMS) {
    const texts = rows(
      directory,
      `SELECT content FROM messages m JOIN rooms r ON r.id = m.room_id WHERE r.name = '${room}'
         AND content NOT LIKE 'live %' ORDER BY sequence_number`,
    ).map(({ content }) => content);
    assert.deepEqual(
      texts,
      Array.from({ length: count }, (_, index) => `${room} ${index}`),
    );
  }
}

test('an import runs beside a server in which people write: all of it is stored, in one order', async (t) => {
  const settings = { DATA_DIR: temporaryDirectory(), DURABILITY: 'full', MESSAGE_RATE_MAX: '0' };
  const server = await TestServer.start(settings);
  t.after(() => server.close());
  const zoe = await server.signUp('zoe');
  const first = await run(['import', 'slack', slackFile(50)], settings);
  assert.equal(first.code, 0, first.stderr);
  assert.ok(first.stderr.includes('The server imports it'), first.stderr);
  const socket = await zoe.connect();
  const { roomId } = await socket.joinRoom({ roomName: 'two' });

  const importing = runAlone(['import', 'slack', slackFile(500)], settings);
  let isOver = false;
  void importing.finally(() => {
    isOver = true;
  });
  const acknowledged: string[] = [];
  for (let index = 0; !isOver; index += 1) {
    const content = `live ${index}`;
    await zoe.must('POST', '/api/messages', { roomId, content });
    acknowledged.push(content);
  }
  const { code, stderr } = await importing;

  assert.equal(code, 0, stderr);
  assert.match(stderr, /, 1350 messages \(150 were here\) in 3 rooms\./);
  assertWhole(settings.DATA_DIR, 500);
  const live = rows(
    settings.DATA_DIR,
    "SELECT content, sequence_number AS at FROM messages WHERE content LIKE 'live %' ORDER BY at",
  );
  assert.deepEqual(
    live.map(({ content }) => content),
    acknowledged,
  );
  assert.ok(acknowledged.length > 3, String(acknowledged.length));
});

test('a kill of the command and of the server loses and doubles nothing', async () => {
  const settings = { DATA_DIR: temporaryDirectory() };
  const path = slackFile(800);
  let server = await started(settings);
  const command = parley(['import', 'slack', path], settings);
  await until(() => countOf(settings.DATA_DIR) > 0, 'messages');
  const ended = [once(command, 'exit'), once(server.child, 'exit')];
  command.kill('SIGKILL');
  server.child.kill('SIGKILL');
  await Promise.all(ended);
  const before = countOf(settings.DATA_DIR);
  assert.ok(before < 2400, String(before));

  // The next process goes on without a command.
  server = await started(settings);
  const stateOf = () => rows(settings.DATA_DIR, 'SELECT state FROM imports')[0]?.['state'];
  await until(() => stateOf() === 'done', 'the end of the import');
  assertWhole(settings.DATA_DIR, 800);

  // The same command, run again without a server, goes on with the same import.
  const longer = slackFile(1000);
  const next = runAlone(['import', 'slack', longer], settings);
  await until(() => countOf(settings.DATA_DIR) > 2400, 'more messages');
  const exited = once(server.child, 'exit');
  server.child.kill('SIGKILL');
  await exited;
  const again = runAlone(['import', 'slack', longer], settings);
  for (const { code, stderr } of await Promise.all([next, again])) assert.equal(code, 0, stderr);
  assertWhole(settings.DATA_DIR, 1000);
  const all = rows(settings.DATA_DIR, 'SELECT state, attempts FROM imports ORDER BY created_at');
  assert.deepEqual(
    all.map(({ state }) => state),
    ['done', 'done'],
  );
});
