/** `/api/me/export` of a whole server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';

describe('the export of own data over HTTP', () => {
  let server: TestServer;
  let alice: Account;
  before(async () => {
    server = await TestServer.start();
    alice = await server.signUp('alice');
  });
  after(() => server.close());

  const filesOf = async (account: Account): Promise<Readonly<Record<string, string>>> => {
    const answer = await account.call('GET', '/api/me/export');
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/zip']);
    const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
    return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, strFromU8(file)]));
  };
  const linesOf = <Row>(text = ''): Row[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);

  test('has the profile, sessions without secrets, rooms, and only own messages', async () => {
    const bob = await server.signUp('bob');
    const [ofAlice, ofBob] = [await alice.connect(), await bob.connect()];
    const { roomId } = await ofAlice.joinRoom({ roomName: 'lobby' });
    await ofBob.joinRoom({ roomId });
    const first = await ofAlice.sendMessage({ roomId, content: 'grüße 👋' });
    await ofBob.sendMessage({ roomId, content: 'of bob' });
    await ofAlice.sendMessage({ roomId, content: 'second' });

    const reported = { userId: bob.userId, reason: 'Spam' };
    await alice.must('POST', '/api/reports', reported);

    const target = { roomId, messageId: first.id };
    await ofAlice.ask('edit_message', { ...target, content: 'grüße 👋👋' }, 'message_ack');
    await ofAlice.ask('add_reaction', { roomId, messageId: first.id, emoji: '👍' }, 'message_ack');
    await ofBob.ask('add_reaction', { roomId, messageId: first.id, emoji: '👎' }, 'message_ack');
    const upload = await alice.sendFile('POST', '/api/upload', 'the notes', { name: 'notes.txt' });
    const { fileId } = (await upload.json()) as { fileId: string };
    await ofAlice.sendMessage({ roomId, content: 'a file', attachments: [{ fileId }] });
    const later = await alice.sendFile('POST', '/api/upload', 'for later', { name: 'later.txt' });
    const { fileId: laterId } = (await later.json()) as { fileId: string };
    const sendAt = new Date(Date.now() + 3_600_000).toISOString();
    const scheduled = { roomId, content: 'soon', sendAt, attachments: [{ fileId: laterId }] };
    await alice.must('POST', '/api/scheduled', scheduled);
    await alice.must('PUT', '/api/privacy', { acceptMessagesFrom: 'contacts' });
    await alice.must('PUT', `/api/blocks/${bob.userId}`);
    alice = await server.login('alice');

    const files = await filesOf(alice);

    assert.equal(files[`files/${fileId}`], 'the notes');
    assert.equal(files[`files/${laterId}`], 'for later');
    assert.partialDeepStrictEqual(linesOf(files['scheduled.jsonl']), [
      { content: 'soon', attachments: [{ fileId: laterId, name: 'later.txt' }] },
    ]);
    const reactions = linesOf(files[`reactions/${roomId}.jsonl`]);
    assert.deepEqual(reactions, [{ messageId: first.id, emoji: '👍' }]);
    const notices = JSON.parse(files['notices.json'] ?? '') as { kind: string }[];
    assert.ok(notices.some(({ kind }) => kind === 'signed_in'));
    assert.deepEqual(JSON.parse(files['blocked.json'] ?? ''), [
      { id: bob.userId, username: 'bob' },
    ]);
    assert.deepEqual(JSON.parse(files['workspaces.json'] ?? ''), []);
    const reports = linesOf<{ about: string; reason: string; state: string }>(
      files['reports.jsonl'],
    );
    assert.partialDeepStrictEqual(reports, [{ about: 'bob', reason: 'Spam', state: 'open' }]);
    assert.deepEqual(JSON.parse(files['warnings.json'] ?? ''), []);
    assert.match(files['README.txt'] ?? '', /^This archive .*Not in this archive:/su);
    assert.deepEqual(Object.keys(files).sort(), [
      ...['README.txt', 'blocked.json', 'custom-emoji.json'],
      ...[`files/${fileId}`, `files/${laterId}`].sort(),
      ...['invitations.json', 'invite-links.json'],
      ...[`messages/${roomId}.jsonl`, 'notices.json'],
      ...['profile.json', `reactions/${roomId}.jsonl`, 'reports.jsonl', 'rooms.jsonl'],
      ...['saved.jsonl', 'scheduled.jsonl', 'sessions.json', 'threads.jsonl'],
      ...['user-groups.json', 'warnings.json', 'workspaces.json'],
    ]);
    const profile = JSON.parse(files['profile.json'] ?? '') as Record<string, unknown>;
    assert.deepEqual([profile['id'], profile['username']], [alice.userId, 'alice']);
    assert.deepEqual(profile['privacy'], {
      ...{ askBeforeStrangers: false, showLastSeen: 'everyone', acceptMessagesFrom: 'contacts' },
    });
    const rooms = linesOf<{ id: string; name: string }>(files['rooms.jsonl']);
    assert.deepEqual(
      rooms.map(({ id, name }) => [id, name]),
      [[roomId, 'lobby']],
    );
    const messages = linesOf<{ id: string; content: string; earlier?: unknown }>(
      files[`messages/${roomId}.jsonl`],
    );
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['grüße 👋👋', 'second', 'a file'],
    );
    assert.deepEqual(messages[0]?.earlier, [{ content: 'grüße 👋', editedAt: first.timestamp }]);
    assert.equal(messages[0]?.id, first.id);
    const all = Object.values(files).join('');
    for (const secret of [alice.token, 'of bob', '👎', '$argon2'])
      assert(!all.includes(secret), secret);
    for (const socket of [ofAlice, ofBob]) socket.close();
  });

  test('has own messages of rooms that the user has left, and both sides of direct conversations', async () => {
    const [dora, erin] = [await server.signUp('dora'), await server.signUp('erin')];
    const [ofDora, ofErin] = [await dora.connect(), await erin.connect()];
    const { roomId } = await ofDora.joinRoom({ roomName: 'left' });
    await ofErin.joinRoom({ roomId });
    const upload = await dora.sendFile('POST', '/api/upload', 'her notes', { name: 'notes.txt' });
    const { fileId } = (await upload.json()) as { fileId: string };
    await ofDora.sendMessage({ roomId, content: 'still read', attachments: [{ fileId }] });
    await ofErin.sendMessage({ roomId, content: 'of erin' });
    await erin.must('POST', '/api/messages', { recipientId: dora.userId, content: 'hello dora' });
    await dora.must('POST', '/api/messages', { recipientId: erin.userId, content: 'hello erin' });
    await dora.must('DELETE', `/api/rooms/${roomId}/members/me`);

    const files = await filesOf(dora);

    const contentsOf = (id: string) =>
      linesOf<{ from?: string; content: string }>(files[`messages/${id}.jsonl`]).map(
        ({ from, content }) => [from, content],
      );
    assert.deepEqual(contentsOf(roomId), [[undefined, 'still read']]);
    assert.equal(files[`files/${fileId}`], 'her notes');
    const rooms = linesOf<{ id: string; left?: true; with?: string }>(files['rooms.jsonl']);
    assert.equal(rooms.find(({ id }) => id === roomId)?.left, true);
    const direct = rooms.find((each) => each.with === 'erin');
    assert.deepEqual(contentsOf(direct?.id ?? ''), [
      ['erin', 'hello dora'],
      ['dora', 'hello erin'],
    ]);
    for (const socket of [ofDora, ofErin]) socket.close();
  });

  test('is recorded, limited, and only for sessions', async () => {
    const carol = await server.signUp('carol');
    const { token } = await carol.must<{ token: string }>('POST', '/api/tokens', {});
    const url = `${server.url}/api/me/export`;
    assert.equal((await fetch(url)).status, 401);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await fetch(url, { headers })).status, 403);
    for (let count = 0; count < 5; count += 1) await filesOf(carol);
    assert.equal((await carol.call('GET', '/api/me/export')).status, 429);
  });
});
