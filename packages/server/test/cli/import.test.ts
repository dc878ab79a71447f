/** `parley import slack` and `parley import mattermost`: real files, stores and servers. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { type Account, PASSWORD } from '../support/account.ts';
import { run } from '../support/parley-command.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

type Settings = Readonly<Record<string, string>>;

interface Shown {
  readonly id: string;
  readonly content: string;
  readonly sender: string;
  readonly timestamp: string;
  readonly editedAt?: string;
  readonly parentMessageId?: string;
  readonly alsoToRoom?: boolean;
  readonly attachments: readonly {
    readonly name: string;
    readonly type: string;
    readonly url: string;
    readonly width?: number;
  }[];
  readonly pinned?: boolean;
  readonly reactions?: readonly { readonly emoji: string; readonly count: number }[];
}

interface Room {
  readonly id: string;
  readonly name: string;
  readonly topic?: string;
  readonly visibility: string;
  readonly archived: boolean;
  readonly unreadCount?: number;
}

const DAY = '1700000000';
const SLACK = {
  'users.json': [
    {
      id: 'U1',
      team_id: 'T1',
      name: 'ana.b',
      profile: { real_name: 'Ana Böhm', email: 'ana@example.org' },
    },
    { id: 'U2', team_id: 'T1', name: 'bob', profile: { display_name: 'Bob' } },
    { id: 'U3', team_id: 'T1', name: 'carol', deleted: true, profile: {} },
  ],
  'channels.json': [
    {
      ...{ id: 'C1', name: 'general', creator: 'U1', members: ['U1', 'U2'] },
      ...{ topic: { value: 'All of us' }, pins: [{ id: `${DAY}.000100` }] },
    },
    { id: 'C2', name: 'old', creator: 'U1', members: ['U1'], is_archived: true },
  ],
  'groups.json': [{ id: 'G1', name: 'board', creator: 'U1', members: ['U1'] }],
  'dms.json': [{ id: 'D1', members: ['U1', 'U2'] }],
  // The later day first: archives have an order of their own.
  'general/2023-11-15.json': [
    {
      ...{ type: 'message', user: 'U2', ts: '1700050000.000000', thread_ts: `${DAY}.000100` },
      ...{ text: 'An answer', subtype: 'thread_broadcast' },
    },
  ],
  'general/2023-11-14.json': [
    { type: 'message', subtype: 'channel_join', user: 'U2', ts: `${DAY}.000000`, text: 'joined' },
    {
      ...{ type: 'message', user: 'U1', ts: `${DAY}.000100`, text: '*Plan* for <@U2> :tada:' },
      ...{ edited: { user: 'U1' }, reactions: [{ name: '+1', users: ['U2', 'U3'], count: 2 }] },
      files: [{ name: 'plan.pdf', permalink: 'https://files.example/plan.pdf' }],
    },
    { type: 'message', user: 'U3', ts: `${DAY}.000200`, text: 'I left later' },
    {
      type: 'message',
      subtype: 'bot_message',
      bot_id: 'B1',
      username: 'Build',
      ts: `${DAY}.000300`,
      text: 'green',
    },
  ],
  'old/2023-11-14.json': [{ type: 'message', user: 'U1', ts: `${DAY}.000000`, text: 'past' }],
  'board/2023-11-14.json': [{ type: 'message', user: 'U1', ts: `${DAY}.000000`, text: 'secret' }],
  'D1/2023-11-14.json': [{ type: 'message', user: 'U2', ts: `${DAY}.000000`, text: 'just us' }],
};

function slackFile(files: Readonly<Record<string, unknown>>): string {
  const path = join(temporaryDirectory(), 'slack.zip');
  const entries = Object.entries(files).map(([name, list]) => [
    name,
    strToU8(JSON.stringify(list)),
  ]);
  writeFileSync(path, zipSync(Object.fromEntries(entries)));
  return path;
}

async function startServer(t: TestContext, settings: Settings): Promise<TestServer> {
  const server = await TestServer.start(settings);
  t.after(() => server.close());
  return server;
}

/** Sets a password, as the operator can for a person without mail. */
async function claim(username: string, settings: Settings): Promise<void> {
  const input = Readable.from([PASSWORD]);
  const { code } = await run(['users', 'reset', username, '--password-stdin'], settings, input);
  assert.equal(code, 0);
}

async function roomsOf(account: Account): Promise<Map<string, Room>> {
  const { rooms } = await account.must<{ rooms: Room[] }>('GET', '/api/rooms');
  return new Map(rooms.map((room) => [room.name, room]));
}

async function messagesOf(account: Account, roomId: string): Promise<readonly Shown[]> {
  return (await account.must<{ messages: Shown[] }>('GET', `/api/rooms/${roomId}/messages`))
    .messages;
}

test('parley import takes people, rooms and messages of Slack beside a server, and later only what is new', async (t) => {
  const settings = { DATA_DIR: temporaryDirectory() };
  const before = await startServer(t, settings);
  const zoe = await before.signUp('bob');
  await zoe.must('POST', '/api/rooms', { name: 'general', visibility: 'public' });

  const first = await run(['import', 'slack', slackFile(SLACK)], settings);

  assert.equal(first.code, 0, first.stderr);
  assert.ok(first.stderr.includes('The server imports it'), first.stderr);
  const line = 'Imported 4 people (0 were here), 7 messages (0 were here) in 4 rooms.';
  assert.ok(first.stderr.includes(line), first.stderr);
  assert.ok(first.stderr.includes('Left out: 1 notices of the other application.'));
  await claim('ana-b', settings);
  await claim('bob-2', settings);
  const [ana, bob] = [await before.login('ana-b'), await before.login('bob-2')];
  const rooms = await roomsOf(ana);
  const general = rooms.get('general-2');
  assert.equal(general?.topic, 'All of us');
  assert.equal(rooms.get('old')?.archived, true);
  const [plan, gone, bot, answer, ...more] = await messagesOf(ana, general.id);
  assert.deepEqual(more, []);
  assert.equal(plan?.content, '**Plan** for @bob-2 🎉\n[plan.pdf](https://files.example/plan.pdf)');
  assert.equal(plan.timestamp, '2023-11-14T22:13:20.000Z');
  assert.ok(plan.editedAt !== undefined);
  assert.deepEqual(
    plan.reactions?.map(({ emoji, count }) => [emoji, count]),
    [['👍', 2]],
  );
  assert.deepEqual([gone?.sender, bot?.sender], ['carol', 'Build']);
  assert.deepEqual([answer?.content, answer?.parentMessageId], ['An answer', plan.id]);
  assert.equal(answer?.alsoToRoom, true);
  const pins = await bob.must<{ messages: Shown[] }>('GET', `/api/rooms/${general.id}/pins`);
  assert.deepEqual(
    pins.messages.map(({ id }) => id),
    [plan.id],
  );
  const path = `/api/rooms/${general.id}/members?scope=members`;
  const { members } = await bob.must<{ members: { username: string }[] }>('GET', path);
  assert.deepEqual(members.map(({ username }) => username).sort(), ['ana-b', 'bob-2']);
  const ofBob = await roomsOf(bob);
  assert.deepEqual([ofBob.has('general-2'), ofBob.has('board')], [true, false]);
  const board = rooms.get('board')?.id ?? '';
  assert.equal((await bob.call('GET', `/api/rooms/${board}/messages`)).status, 404);
  await before.close();

  const later = { type: 'message', user: 'U2', ts: '1700060000.000000', text: 'Later' };
  const grown = { ...SLACK, 'general/2023-11-16.json': [later] };
  const second = await run(['import', 'slack', slackFile(grown)], settings);

  const known = 'Imported 0 people (4 were here), 1 messages (7 were here) in 4 rooms.';
  assert.ok(second.stderr.includes(known), second.stderr);
  const after = await startServer(t, settings);
  const last = (await messagesOf(await after.login('ana-b'), general.id)).at(-1);
  assert.equal(last?.content, 'Later');
});

const MATTERMOST = [
  { type: 'version', version: 1 },
  { type: 'team', team: { name: 'core' } },
  {
    type: 'channel',
    channel: { team: 'core', name: 'dev', display_name: 'Dev', type: 'O', header: 'Code' },
  },
  {
    type: 'user',
    user: {
      ...{ username: 'ana.b', email: 'ana@example.org', nickname: 'Ana' },
      teams: [{ name: 'core', channels: [{ name: 'dev', roles: 'channel_user channel_admin' }] }],
    },
  },
  {
    type: 'user',
    user: {
      username: 'bob',
      teams: [{ name: 'core', channels: [{ name: 'dev', roles: 'channel_user' }] }],
    },
  },
  { type: 'direct_channel', direct_channel: { members: ['ana.b', 'bob'] } },
  {
    type: 'post',
    post: {
      ...{ team: 'core', channel: 'dev', user: 'bob', create_at: 1_700_000_001_000 },
      message: 'Hello @ana.b. @channel',
      reactions: [{ user: 'ana.b', emoji_name: 'tada' }],
      replies: [{ user: 'ana.b', message: 'Hi!', create_at: 1_700_000_003_000 }],
    },
  },
  {
    type: 'post',
    post: {
      team: 'core',
      channel: 'dev',
      user: 'ana.b',
      create_at: 1_700_000_000_000,
      message: '# First',
    },
  },
  {
    type: 'direct_post',
    direct_post: {
      ...{ channel_members: ['bob', 'ana.b'], user: 'bob', create_at: 1_700_000_002_000 },
      message: 'between us',
    },
  },
];

test('parley import takes the bulk export of Mattermost, in the order of time', async (t) => {
  const settings = { DATA_DIR: temporaryDirectory() };
  const path = join(temporaryDirectory(), 'mattermost.jsonl');
  writeFileSync(path, MATTERMOST.map((each) => JSON.stringify(each)).join('\n'));

  const imported = await run(['import', 'mattermost', path], settings);

  assert.equal(imported.code, 0, imported.stderr);
  await claim('ana-b', settings);
  const server = await startServer(t, settings);
  const ana = await server.login('ana-b');
  const { user } = await ana.must<{ user: { email: string; emailConfirmed: boolean } }>(
    'GET',
    '/api/me',
  );
  assert.deepEqual([user.email, user.emailConfirmed], ['ana@example.org', true]);
  const dev = (await roomsOf(ana)).get('Dev');
  const shown = await messagesOf(ana, dev?.id ?? '');
  assert.deepEqual(
    shown.map(({ content }) => content),
    ['# First', 'Hello @ana-b. @everyone', 'Hi!'],
  );
  assert.equal(shown[2]?.parentMessageId, shown[1]?.id);
  const { conversations } = await ana.must<{ conversations: { id: string }[] }>(
    'GET',
    '/api/conversations',
  );
  assert.equal(conversations.length, 1);
});

/** A PNG of one pixel. */
const RED_DOT =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

test('parley import takes files of the archive, once, and none from elsewhere', async (t) => {
  const settings = { DATA_DIR: temporaryDirectory(), FILE_BYTES_MAX: '100000' };
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'secret.txt'), 'of this machine');
  mkdirSync(join(folder, 'data'));
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'data/link.txt'));
  const paths = [
    '2023/notes.txt',
    '2023/dot.png',
    'missing.txt',
    '../secret.txt',
    'link.txt',
    'large.bin',
  ];
  const post = {
    ...{ team: 'core', channel: 'dev', user: 'bob', create_at: 1_700_000_005_000, message: '' },
    attachments: paths.map((path) => ({ path })),
  };
  const lines = [...MATTERMOST, { type: 'post', post }].map((each) => JSON.stringify(each));
  const files = {
    '2023/notes.txt': strToU8('the notes'),
    '2023/dot.png': Buffer.from(RED_DOT, 'base64'),
    'large.bin': new Uint8Array(100_001),
  };
  const jsonl = join(folder, 'import.jsonl');
  writeFileSync(jsonl, lines.join('\n'));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'data', name)), { recursive: true });
    writeFileSync(join(folder, 'data', name), bytes);
  }
  const zipped = Object.entries(files).map(([name, bytes]) => [`data/${name}`, bytes] as const);
  const zip = join(folder, 'export.zip');
  const entries = { 'import.jsonl': strToU8(lines.join('\n')), ...Object.fromEntries(zipped) };
  writeFileSync(zip, zipSync(entries));

  for (const [path, stored] of [
    [jsonl, 4],
    [zip, 0],
  ] as const) {
    const { code, stderr } = await run(['import', 'mattermost', path], settings);
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`, ${stored + (stored > 0 ? 1 : 0)} messages `));
    assert.match(stderr, /Left out: 3 files that the export does not have\./);
    assert.match(stderr, /Left out: 1 files larger than FILE_BYTES_MAX\./);
  }

  await claim('bob', settings);
  const server = await startServer(t, settings);
  const bob = await server.login('bob');
  const shown = (await messagesOf(bob, (await roomsOf(bob)).get('Dev')?.id ?? '')).at(-1);
  assert.deepEqual(shown?.content.split('\n'), [
    'missing.txt',
    'secret.txt',
    'link.txt',
    'large.bin',
  ]);
  assert.deepEqual(
    shown.attachments.map(({ name, type, width }) => [name, type, width]),
    [
      ['notes.txt', 'text/plain; charset=utf-8', undefined],
      ['dot.png', 'image/png', 1],
    ],
  );
  const notes = await bob.call('GET', shown.attachments[0]?.url ?? '');
  assert.equal(await notes.text(), 'the notes');
});

test('parley import takes custom emoji, and says which it cannot take', async (t) => {
  const post = {
    ...{ team: 'core', channel: 'dev', user: 'bob', create_at: 1_700_000_005_000 },
    message: 'look :red-dot:',
    reactions: ['red-dot', 'torn', 'unknown'].map((emoji_name) => ({ user: 'bob', emoji_name })),
  };
  const emoji = [
    ['red-dot', 'exported_emoji/1/image'],
    ['torn', 'exported_emoji/2/image'],
    ['no_file', 'exported_emoji/3/image'],
    ['tada', 'exported_emoji/1/image'],
    ['outside', '../secret'],
  ].map(([name, image]) => ({ type: 'emoji', emoji: { name, image } }));
  const lines = [...emoji, ...MATTERMOST, { type: 'post', post }].map((each) =>
    JSON.stringify(each),
  );
  const jsonl = strToU8(lines.join('\n'));
  const [dot, torn] = [Buffer.from(RED_DOT, 'base64'), strToU8('no picture')];
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'secret'), dot);
  for (const [id, bytes] of [dot, torn].entries()) {
    mkdirSync(join(folder, 'exported_emoji', String(id + 1)), { recursive: true });
    writeFileSync(join(folder, 'exported_emoji', String(id + 1), 'image'), bytes);
  }
  writeFileSync(join(folder, 'import.jsonl'), jsonl);
  const zip = join(folder, 'export.zip');
  const images = {
    'data/exported_emoji/1/image': new Uint8Array(dot),
    'data/exported_emoji/2/image': torn,
  };
  writeFileSync(zip, zipSync({ 'import.jsonl': jsonl, ...images }));

  for (const [path, runs] of [
    [join(folder, 'import.jsonl'), 1],
    [zip, 2],
  ] as const) {
    const settings = { DATA_DIR: temporaryDirectory() };
    for (let index = 0; index < runs; index += 1) {
      const { code, stderr } = await run(['import', 'mattermost', path], settings);
      assert.equal(code, 0, stderr);
      for (const left of [
        '3 emoji whose pictures are missing, too large or not readable.',
        '1 emoji with names that custom emoji cannot have here.',
        '2 reactions with emoji of that server only.',
        '2 names of emoji in reactions, of that server only.',
      ]) {
        assert.ok(stderr.includes(`Left out: ${left}`), stderr);
      }
    }
    await claim('bob', settings);
    const server = await startServer(t, settings);
    const bob = await server.login('bob');
    const shown = (await messagesOf(bob, (await roomsOf(bob)).get('Dev')?.id ?? '')).at(-1);
    assert.equal(shown?.content, 'look :red-dot:');
    assert.deepEqual(
      shown.reactions?.map(({ emoji, count }) => [emoji, count]),
      [[':red-dot:', 1]],
    );
    const { emoji: all } = await bob.must<{ emoji: { name: string; url: string }[] }>(
      'GET',
      '/api/emoji',
    );
    assert.deepEqual(
      all.map(({ name }) => name),
      ['red-dot'],
    );
    const picture = await bob.call('GET', all[0]?.url ?? '');
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/webp']);
    await server.close();
  }
});

test('parley import says what is wrong with a file, and stores nothing of it', async () => {
  const settings = { DATA_DIR: temporaryDirectory() };
  const path = join(temporaryDirectory(), 'file');
  writeFileSync(path, '{"type":"post"}\nno JSON\n');
  const cases = [
    [['import', 'slack', path], `${path} is not a ZIP archive.`],
    [['import', 'slack', slackFile({ 'a.json': [] })], 'it is no Slack export.'],
    [['import', 'slack', slackFile({ 'users.json': {} })], 'users.json is not a list.'],
    [['import', 'mattermost', path], 'line 2: this is not JSON.'],
    [['import', 'mattermost', `${path}.none`], 'does not exist.'],
  ] as const;
  for (const [args, expected] of cases) {
    const { code, stderr } = await run(args, settings);
    assert.deepEqual([code, stderr.includes(expected)], [1, true], stderr);
  }
});
