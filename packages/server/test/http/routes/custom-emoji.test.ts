/** Custom emoji: uploaded by administrators, shown to all who are logged in, in texts and reactions, and deleted. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { gifOf } from '../../support/gif.ts';
import { pngBombOf, pngOf } from '../../support/png.ts';
import { TestServer } from '../../support/running-server.ts';
import { until } from '../../support/wait.ts';

interface Emoji {
  readonly name: string;
  readonly url: string;
  readonly userId: string;
}

describe('custom emoji', () => {
  let server: TestServer;
  let owner: Account;
  let alice: Account;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', USER_CHANGE_RATE_MAX: '0' },
    });
    owner = await server.signUp('olivia');
    alice = await server.signUp('alice');
  });
  after(() => server.close());

  const send = (by: Account, name: string, content: string | Buffer, headers: object = {}) =>
    by.sendFile('PUT', `/api/emoji/${name}`, content, { headers });
  const add = async (name: string, content: string | Buffer = pngOf(40, 40)): Promise<Emoji> => {
    const answer = await send(owner, name, content);
    assert.equal(answer.status, 201, await answer.clone().text());
    return ((await answer.json()) as { emoji: Emoji }).emoji;
  };
  const get = (by: Account, url: string) =>
    fetch(server.url + url, { headers: { authorization: `Bearer ${by.token}` } });
  const list = async (by: Account) =>
    (await by.must<{ emoji: readonly Emoji[] }>('GET', '/api/emoji')).emoji;
  const errorOf = async (answer: Response) => {
    const { error } = (await answer.json()) as { error: { code: string; field?: string } };
    return [answer.status, error.code, error.field];
  };

  test('are small pictures without metadata, which all who are logged in may keep', async () => {
    const secret = 'GPS 48.2082 N 16.3738 E';
    const emoji = await add('party-parrot', pngOf(300, 200, secret));

    assert.equal(emoji.userId, owner.userId);
    assert.deepEqual(await list(alice), [emoji]);
    const answer = await get(alice, emoji.url);
    assert.deepEqual(
      ['content-type', 'cache-control', 'content-security-policy'].map((name) =>
        answer.headers.get(name),
      ),
      ['image/webp', 'private, max-age=31536000, immutable', "sandbox; default-src 'none'"],
    );
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.ok(!bytes.includes(secret));
    // VP8: width and height behind the start code.
    assert.deepEqual([bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff], [128, 85]);
    assert.equal((await fetch(server.url + emoji.url)).status, 401);
  });

  test('keep their frames, up to a number', async () => {
    const { url } = await add('blink', gifOf(3));
    const bytes = Buffer.from(await (await get(alice, url)).arrayBuffer());
    assert.equal(bytes.toString('latin1').split('ANMF').length - 1, 3);

    const tooMany = await errorOf(await send(owner, 'film', gifOf(101)));
    assert.deepEqual(tooMany, [400, 'VALIDATION_ERROR', 'file']);
  });

  test('are pictures that can be decoded, and nothing else', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    const refused: Record<string, string | Buffer> = {
      svg,
      text: 'hello',
      empty: '',
      cut: pngOf(30, 30).subarray(0, 60),
      'no-picture': Buffer.concat([pngOf(3, 3).subarray(0, 8), Buffer.from(svg)]),
      'a-bomb': pngBombOf(60_000),
      huge: pngOf(5000, 4000),
    };
    for (const [name, content] of Object.entries(refused)) {
      const answer = await errorOf(await send(owner, name, content));
      assert.deepEqual(answer, [400, 'VALIDATION_ERROR', 'file'], name);
    }
    const large = await send(owner, 'large', Buffer.alloc(1024 * 1024 + 1));
    assert.deepEqual(await errorOf(large), [413, 'VALIDATION_ERROR', 'file']);
    const foreign = await send(owner, 'foreign', pngOf(3, 3), { origin: 'https://evil.example' });
    assert.equal(foreign.status, 403);

    const polyglot = Buffer.concat([pngOf(3, 3), Buffer.from('<script>alert(1)</script>')]);
    const kept = await get(alice, (await add('polyglot', polyglot)).url);
    assert.ok(!Buffer.from(await kept.arrayBuffer()).includes('script'));
  });

  test('have names of their own', async () => {
    for (const name of ['x', 'Loud', 'with%20space', 'a'.repeat(31), 'tada', '%2B1']) {
      const answer = await errorOf(await send(owner, name, pngOf(3, 3)));
      assert.deepEqual(answer, [400, 'VALIDATION_ERROR', 'name'], name);
    }
    await add('our_logo');
    const taken = await errorOf(await send(owner, 'our_logo', pngOf(3, 3)));
    assert.deepEqual(taken, [409, 'CONFLICT', 'name']);
  });

  test('are added and deleted by owners and admins of the server, with entries in the audit log', async () => {
    const { url } = await add('short-lived');
    for (const answer of [
      await send(alice, 'mine', pngOf(3, 3)),
      await alice.call('DELETE', '/api/emoji/short-lived'),
    ]) {
      assert.equal(answer.status, 403);
    }
    await owner.must('DELETE', '/api/emoji/short-lived');

    assert.equal((await get(alice, url)).status, 404);
    assert.equal((await owner.call('DELETE', '/api/emoji/short-lived')).status, 404);
    const { entries } = await owner.must<{ entries: { action: string; target: string }[] }>(
      'GET',
      '/api/admin/audit',
    );
    assert.deepEqual(
      entries.slice(0, 2).map(({ action, target }) => `${action} ${target}`),
      ['emoji.delete short-lived', 'emoji.create short-lived'],
    );
  });

  test('reach everybody who is connected', async () => {
    const socket = await alice.connect();
    const changes = () => socket.ofType('custom_emoji_changed');

    const emoji = await add('seen');
    await until(() => changes().length > 0, 'the emoji to be shown');
    await owner.must('DELETE', '/api/emoji/seen');
    await until(() => changes().length > 1, 'the emoji to be removed');

    assert.deepEqual(changes(), [{ added: emoji }, { removed: 'seen' }]);
    socket.close();
  });

  test('are reactions while they exist, and can be withdrawn afterwards', async () => {
    await add('ship-it');
    const socket = await alice.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'reactions' });
    const { message } = await alice.must<{ message: { id: string } }>('POST', '/api/messages', {
      ...{ roomId, content: 'shall we :ship-it:?' },
    });
    const react = async (type: 'add_reaction' | 'remove_reaction', emoji: string) => {
      const answer = await socket.ask(type, { roomId, messageId: message.id, emoji });
      const { code, field } = answer as { code?: string; field?: string };
      return code === undefined ? 'stored' : `${code} ${field}`;
    };

    assert.equal(await react('add_reaction', ':ship-it:'), 'stored');
    assert.equal(await react('add_reaction', ':unknown:'), 'VALIDATION_ERROR emoji');
    assert.equal(await react('add_reaction', ':Ship-it:'), 'VALIDATION_ERROR emoji');
    const { messages } = await alice.must<{
      messages: readonly { content: string; reactions: readonly { emoji: string }[] }[];
    }>('GET', `/api/rooms/${roomId}/messages`);
    assert.deepEqual(
      messages.map(({ content, reactions }) => [content, reactions.map(({ emoji }) => emoji)]),
      [['shall we :ship-it:?', [':ship-it:']]],
    );

    await owner.must('DELETE', '/api/emoji/ship-it');
    assert.equal(await react('remove_reaction', ':ship-it:'), 'stored');
    assert.equal(await react('add_reaction', ':ship-it:'), 'VALIDATION_ERROR emoji');
    socket.close();
  });
});
