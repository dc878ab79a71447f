/** `parley import slack` and `parley import mattermost` that are killed and run again. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, test } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { repetitions } from '../../../../tests/support/repetitions.ts';
import { filesOnDisk } from '../support/files-on-disk.ts';
import { endAll, parley, run } from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

afterEach(endAll);

/** Each room has more messages than a transaction, and files between them. */
const MESSAGES = 300;
const FILE_EVERY = 50;
const ROOMS = ['one', 'two'];
const START_S = 1_700_000_000;
const textOf = (room: string, index: number) => `${room}, message ${index}`;
const fileOf = (room: string, index: number) =>
  strToU8(`the file of ${room} ${index} `.repeat(999));
const indexes = Array.from({ length: MESSAGES }, (_, index) => index);
const withFile = indexes.filter((index) => index % FILE_EVERY === 0);

function slack(): string {
  const path = join(temporaryDirectory(), 'slack.zip');
  const json = (list: unknown) => strToU8(JSON.stringify(list));
  const users = ['U1', 'U2', 'U3'].map((id) => ({
    ...{ id, team_id: 'T', name: id, deleted: id === 'U3' },
    profile: { email: `${id}@example.org` },
  }));
  const topic = { value: 'All of us' };
  const members = ['U1', 'U2'];
  const channels = ROOMS.map((name) => ({ id: name, name, creator: 'U1', members, topic }));
  const messagesOf = (room: string) =>
    indexes.map((index) => ({
      ...{ type: 'message', user: `U${(index % 3) + 1}`, text: textOf(room, index) },
      ...{ ts: `${START_S + index}.000000`, reactions: [{ name: '+1', users: ['U2'] }] },
      ...(index % FILE_EVERY === 0 && { files: [{ id: `${room}${index}`, name: 'a.txt' }] }),
    }));
  const files = ROOMS.flatMap((room) =>
    withFile.map((index) => [`__uploads/${room}${index}/a.txt`, fileOf(room, index)] as const),
  );
  writeFileSync(
    path,
    zipSync({
      ...{ 'users.json': json(users), 'channels.json': json(channels) },
      ...Object.fromEntries(
        ROOMS.map((name) => [`${name}/2023-11-14.json`, json(messagesOf(name))]),
      ),
      ...Object.fromEntries(files),
    }),
  );
  return path;
}

function mattermost(): string {
  const folder = temporaryDirectory();
  const channels = ROOMS.map((name) => ({ name, roles: 'channel_user' }));
  const users = ['ana', 'bob', 'cleo'].map((username, index) => ({
    ...{ username, email: `${username}@example.org`, delete_at: index === 2 ? 1 : 0 },
    teams: [{ name: 'core', channels: index === 2 ? [] : channels }],
  }));
  const posts = ROOMS.flatMap((channel) =>
    indexes.map((index) => ({
      ...{ team: 'core', channel, user: users[index % 3]?.username },
      ...{ message: textOf(channel, index), create_at: (START_S + index) * 1000 },
      reactions: [{ user: 'bob', emoji_name: '+1' }],
      attachments: index % FILE_EVERY === 0 ? [{ path: `${channel}${index}.txt` }] : [],
    })),
  );
  const lines = [
    { type: 'version', version: 1 },
    ...ROOMS.map((name) => ({
      type: 'channel',
      channel: { team: 'core', name, display_name: name, type: 'O', header: 'All of us' },
    })),
    ...users.map((user) => ({ type: 'user', user })),
    ...posts.map((post) => ({ type: 'post', post })),
  ];
  mkdirSync(join(folder, 'data'));
  for (const room of ROOMS) {
    for (const index of withFile) {
      writeFileSync(join(folder, 'data', `${room}${index}.txt`), fileOf(room, index));
    }
  }
  const path = join(folder, 'import.jsonl');
  writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  return path;
}

/** The number of rows; 0 before there is such a table. */
function countOf(directory: string, sql: string): number {
  const file = join(directory, 'parley.db');
  if (!existsSync(file)) return 0;
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM ${sql}`).get()?.['n']);
  } catch {
    return 0;
  } finally {
    database.close();
  }
}

interface Point {
  readonly what: string;
  readonly reached: (directory: string) => boolean;
}

/** Progress at which imports are killed, in this order: each run goes on from the one before. */
const POINTS: Readonly<Record<string, readonly Point[]>> = {
  slack: [
    { what: 'a person', reached: (dir) => countOf(dir, 'users') > 0 },
    { what: 'a file', reached: (dir) => filesOnDisk(dir).length > 0 },
    { what: 'messages', reached: (dir) => countOf(dir, 'messages') > 0 },
    { what: 'the second room', reached: (dir) => countOf(dir, 'messages') > MESSAGES },
  ],
  mattermost: [
    { what: 'a room', reached: (dir) => countOf(dir, 'rooms') > 0 },
    { what: 'a file between others', reached: (dir) => countOf(dir, 'files') > 2 },
    { what: 'a whole room', reached: (dir) => countOf(dir, 'messages') >= MESSAGES },
    {
      what: 'all messages',
      reached: (dir) => countOf(dir, 'messages') === ROOMS.length * MESSAGES,
    },
  ],
};

/** Rows without what differs from run to run: times of accounts, the log's id and their hash. */
function rowsOf(directory: string): Record<string, unknown[]> {
  const database = new DatabaseSync(join(directory, 'parley.db'), { readOnly: true });
  const tables = {
    users: 'id, username, display_name, role, disabled_at IS NULL',
    emails: 'user_id, address, confirmed_at IS NULL',
    rooms: 'id, name, topic, kind, head_sequence, head_ordinal',
    memberships: 'room_id, user_id, role, marked_unread',
    messages: 'id, user_id, content, attachments, created_at, sequence_number',
    reactions: 'message_id, emoji, user_id',
    room_events: 'room_id, sequence, kind, target_id',
    files: 'id, user_id, name, size, room_id, sequence, expires_at',
    read_receipts: 'room_id, user_id, last_read_sequence',
    search_pending: 'room_id, sequence',
  };
  const rows = Object.entries(tables).map(([table, columns]) => {
    const all = database.prepare(`SELECT ${columns} FROM ${table}`).all();
    return [table, all.map((row) => JSON.stringify(row)).sort()] as const;
  });
  database.close();
  return Object.fromEntries(rows);
}

const bytesIn = (directory: string) =>
  filesOnDisk(directory)
    .map((path) => [path, readFileSync(join(directory, 'files', path), 'latin1')])
    .sort();

for (const [name, make] of Object.entries({ slack, mattermost })) {
  test(`a kill in the middle of an import of ${name} loses and doubles nothing`, async () => {
    const path = make();
    const [whole, killed] = [temporaryDirectory(), temporaryDirectory()];
    const temporary = temporaryDirectory();
    const expected = await run(['import', name, path], { DATA_DIR: whole });
    assert.equal(expected.code, 0, expected.stderr);

    let kills = 0;
    // Each second one with each change.
    const step = repetitions(2, 1);
    const points = (POINTS[name] ?? []).filter((_, index) => index % step === step - 1);
    for (const { what, reached } of points) {
      const child = parley(['import', name, path], { DATA_DIR: killed, TMPDIR: temporary });
      const exited = once(child, 'exit');
      await until(() => reached(killed) || child.exitCode !== null, what);
      child.kill('SIGKILL');
      await exited;
      if (child.signalCode === 'SIGKILL') kills += 1;
    }
    // The last one may come too late.
    assert.ok(kills >= points.length - 1, `${kills} kills`);
    const { code, stderr } = await run(['import', name, path], { DATA_DIR: killed });

    assert.equal(code, 0, stderr);
    const total = ROOMS.length * MESSAGES;
    const [, people, known, messages, before] =
      /Imported (\d+) people \((\d+) were here\), (\d+) messages \((\d+) were here\) in 2 rooms/
        .exec(stderr)
        ?.map(Number) ?? [];
    assert.deepEqual([people, known], [0, 3], stderr);
    assert.equal((messages ?? 0) + (before ?? 0), total);
    assert.ok(!stderr.includes('Left out'), stderr);
    assert.deepEqual(rowsOf(killed), rowsOf(whole));
    assert.equal(countOf(killed, 'messages'), total);
    assert.deepEqual(bytesIn(killed), bytesIn(whole));
    assert.equal(filesOnDisk(killed).length, ROOMS.length * withFile.length);
    assert.deepEqual(readdirSync(temporary), []);
  });
}
