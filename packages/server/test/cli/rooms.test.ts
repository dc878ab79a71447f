import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { run } from '../support/parley-command.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Listed {
  readonly rooms: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly visibility: string;
    readonly archived: boolean;
    readonly memberTotal: number;
    readonly owner: string | null;
  }[];
}

describe('parley rooms, beside a running server', () => {
  const settings = { DATA_DIR: temporaryDirectory() };
  let server: TestServer;
  before(async () => {
    server = await TestServer.start(settings);
  });
  after(() => server.close());

  test('list, archive, hand over and delete a private room, which clients see', async () => {
    const alice = await server.signUp('alice');
    const bob = await server.signUp('bob');
    await server.register('carol');
    const made = { name: 'Board', visibility: 'private' };
    const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', made);
    const roomId = room.id;
    await alice.must('PUT', `/api/rooms/${roomId}/members/${bob.userId}`, {});
    const [open1, open2, idle] = [await alice.connect(), await bob.connect(), await bob.connect()];
    for (const socket of [open1, open2]) await socket.joinRoom({ roomId });
    const list = async () => {
      const { stdout } = await run(['rooms', 'list', '--json'], settings);
      const shown = (JSON.parse(stdout) as Listed).rooms.find(({ id }) => id === roomId);
      return shown && [shown.name, shown.visibility, shown.archived, shown.owner];
    };

    assert.deepEqual(await list(), ['Board', 'private', false, 'alice']);
    const text = await run(['rooms', 'list'], settings);
    const line = `${roomId}  Board  room  private  members: 2  owner: alice\n`;
    assert.ok(text.stdout.includes(line), text.stdout);

    const archived = await run(['rooms', 'archive', 'board'], settings);
    assert.deepEqual([archived.code, archived.stderr], [0, 'The room Board is archived.\n']);
    assert.equal((await open2.next('room_changed')).archived, true);
    assert.equal(
      (await open2.ask('chat_message', { roomId, content: 'x' }, 'error')).code,
      'FORBIDDEN',
    );
    await run(['rooms', 'unarchive', roomId], settings);
    assert.equal((await open2.next('room_changed')).archived, false);
    await open2.sendMessage({ roomId, content: 'again' });

    const outside = await run(['rooms', 'owner', 'Board', 'carol'], settings);
    assert.deepEqual([outside.code, outside.stderr], [1, 'carol is not a member of the room.\n']);
    const given = await run(['rooms', 'owner', 'Board', 'bob'], settings);
    assert.deepEqual([given.code, given.stderr], [0, 'The owner of the room Board is bob.\n']);
    const changes = [
      await open1.next('membership_changed'),
      await open1.next('membership_changed'),
    ];
    assert.deepEqual(
      new Set(changes.map(({ username, change }) => `${username} ${change}`)),
      new Set(['alice moderator', 'bob owner']),
    );
    assert.deepEqual(await list(), ['Board', 'private', false, 'bob']);

    const deleted = await run(['rooms', 'delete', 'BOARD'], settings);
    assert.deepEqual([deleted.code, deleted.stderr], [0, 'The room Board is deleted.\n']);
    for (const socket of [open1, open2, idle]) {
      const { reason, ...left } = await socket.next('room_left');
      assert.deepEqual([left.roomId, reason], [roomId, 'deleted']);
    }
    assert.equal((await bob.call('GET', `/api/rooms/${roomId}`)).status, 404);
    assert.equal(await list(), undefined);
    const again = await run(['rooms', 'delete', roomId], settings);
    assert.deepEqual([again.code, again.stderr], [1, 'No room has this id or name.\n']);
    const audit = await run(['audit', '--actor', 'operator', '--json'], settings);
    const { entries } = JSON.parse(audit.stdout) as { entries: { action: string }[] };
    const acts = entries.map(({ action }) => action);
    assert.deepEqual(acts, ['room.delete', 'member.role', 'room.unarchive', 'room.archive']);
  });

  test('asks for the id if several rooms have a name', async () => {
    const alice = await server.login('alice');
    for (const visibility of ['private', 'public']) {
      await alice.must('POST', '/api/rooms', { name: 'Board', visibility });
    }

    const { code, stderr } = await run(['rooms', 'archive', 'board'], settings);

    assert.equal(code, 1);
    assert.match(stderr, /^Several rooms have this name\. Give an id: [\w-]{36}, [\w-]{36}\.\n$/);
    const missing = await run(['rooms', 'owner', 'board'], settings);
    const line = "'parley rooms owner' requires a name: parley rooms owner ROOM NAME.\n";
    assert.equal(missing.stderr, line);
  });
});
