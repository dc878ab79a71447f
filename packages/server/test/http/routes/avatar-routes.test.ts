/** Pictures of users: uploaded, shown to all who are logged in, replaced, and removed. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unzipSync } from 'fflate';
import { type Account, PASSWORD } from '../../support/account.ts';
import { pngBombOf, pngOf } from '../../support/png.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

interface Shown {
  readonly user: { readonly id: string; readonly avatarUrl?: string };
}

describe('pictures of users', () => {
  const directory = temporaryDirectory();
  let server: TestServer;
  let people = 0;
  before(async () => {
    server = await TestServer.start({ DATA_DIR: directory, FIRST_ACCOUNT: 'owner' });
    await server.signUp('olivia');
  });
  after(() => server.close());

  const newUser = (): Promise<Account> => {
    people += 1;
    return server.signUp(`shown-${people}`);
  };
  const send = (by: Account, content: string | Buffer, headers: object = {}) =>
    by.sendFile('PUT', '/api/me/avatar', content, { headers });
  const upload = async (by: Account, content: string | Buffer): Promise<string> => {
    const answer = await send(by, content);
    assert.equal(answer.status, 200, await answer.clone().text());
    const { user } = (await answer.json()) as Shown;
    return user.avatarUrl ?? '';
  };
  const get = (by: Account, url: string) =>
    fetch(server.url + url, { headers: { authorization: `Bearer ${by.token}` } });
  const shownOf = async (by: Account, of: Account) => {
    const { users } = await by.must<{ users: Shown['user'][] }>(
      'GET',
      `/api/users?ids=${of.userId}`,
    );
    return users[0]?.avatarUrl;
  };
  const errorOf = async (answer: Response) => {
    const { error } = (await answer.json()) as { error: { code: string; field?: string } };
    return [answer.status, error.code, error.field];
  };

  test('are squares of two sizes without metadata, which all who are logged in may keep', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const secret = 'GPS 48.2082 N 16.3738 E';

    const url = await upload(alice, pngOf(300, 200, secret));

    assert.equal(await shownOf(bob, alice), url);
    for (const [address, side] of [
      [url, 256],
      [`${url}/thumbnail`, 96],
    ] as const) {
      const answer = await get(bob, address);
      assert.deepEqual(
        ['content-type', 'cache-control', 'content-security-policy'].map((name) =>
          answer.headers.get(name),
        ),
        ['image/webp', 'private, max-age=31536000, immutable', "sandbox; default-src 'none'"],
      );
      const bytes = Buffer.from(await answer.arrayBuffer());
      assert.ok(!bytes.includes(secret));
      // VP8: width and height behind the start code.
      assert.deepEqual(
        [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff],
        [side, side],
      );
    }
    assert.equal((await fetch(server.url + url)).status, 401);
  });

  test('reach the users who share a room, and have another address each time', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const [ofAlice, ofBob] = [await alice.connect(), await bob.connect()];
    const { roomId } = await ofAlice.joinRoom({ roomName: 'pictures' });
    await ofBob.joinRoom({ roomId });

    const shows = (url: string) =>
      ofBob.ofType('presence_update').some(({ avatarUrl }) => avatarUrl === url);

    const first = await upload(alice, pngOf(30, 30));
    await until(() => shows(first), 'the picture to be shown');
    const second = await upload(alice, pngOf(40, 40));
    await until(() => shows(second), 'the picture to be shown');

    assert.notEqual(second, first);
    assert.equal((await get(bob, first)).status, 404);
    await alice.must('DELETE', '/api/me/avatar');
    assert.equal(await shownOf(bob, alice), undefined);
    assert.equal((await get(bob, second)).status, 404);
    ofAlice.close();
    ofBob.close();
  });

  test('cannot be sent as files of messages, nor files of messages be shown', async () => {
    const alice = await newUser();
    const url = await upload(alice, pngOf(30, 30));
    const fileId = url.split('/').at(-1);
    const socket = await alice.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'attached' });

    const answer = await alice.call('POST', '/api/messages', {
      ...{ roomId, content: 'x', attachments: [{ fileId }] },
    });

    assert.deepEqual(await errorOf(answer), [404, 'NOT_FOUND', 'attachments']);
    socket.close();
  });

  test('are pictures that can be decoded, and nothing else', async () => {
    const alice = await newUser();
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    const refused: Record<string, string | Buffer> = {
      svg,
      text: 'hello',
      empty: '',
      cut: pngOf(30, 30).subarray(0, 60),
      'no picture': Buffer.concat([pngOf(3, 3).subarray(0, 8), Buffer.from(svg)]),
      bomb: pngBombOf(60_000),
    };
    for (const [name, content] of Object.entries(refused)) {
      assert.deepEqual(
        await errorOf(await send(alice, content)),
        [400, 'VALIDATION_ERROR', 'file'],
        name,
      );
    }
    const large = await send(alice, Buffer.alloc(5 * 1024 * 1024 + 1));
    assert.deepEqual(await errorOf(large), [413, 'VALIDATION_ERROR', 'file']);
    const foreign = await send(alice, pngOf(3, 3), { origin: 'https://evil.example' });
    assert.equal(foreign.status, 403);
    assert.equal(await shownOf(alice, alice), undefined);
    const unfinished = readdirSync(join(directory, 'files', 'unfinished'));
    assert.deepEqual(unfinished, []);

    const polyglot = Buffer.concat([pngOf(3, 3), Buffer.from('<script>alert(1)</script>')]);
    const kept = await get(alice, await upload(alice, polyglot));
    assert.ok(!Buffer.from(await kept.arrayBuffer()).includes('script'));
  });

  test('are removed by those who administer accounts, with an entry in the audit log', async () => {
    const owner = await server.login('olivia');
    const alice = await newUser();
    const bob = await newUser();
    const url = await upload(alice, pngOf(30, 30));
    const path = `/api/admin/users/${alice.userId}/avatar`;
    assert.equal((await bob.call('DELETE', path)).status, 403);

    await owner.must('DELETE', path);

    assert.equal((await get(bob, url)).status, 404);
    const { entries } = await owner.must<{ entries: { action: string; target: string }[] }>(
      'GET',
      '/api/admin/audit?action=user.avatar',
    );
    assert.equal(entries[0]?.target, alice.userId);
  });

  test('go with the account, and are in the export of its data', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const url = await upload(alice, pngOf(30, 30));
    const exported = await get(alice, '/api/me/export');
    const files = unzipSync(new Uint8Array(await exported.arrayBuffer()));
    assert.equal(
      Buffer.from(files['picture.webp'] ?? [])
        .subarray(8, 12)
        .toString(),
      'WEBP',
    );

    await alice.must('DELETE', '/api/me', { password: PASSWORD, messages: 'keep' });

    assert.equal((await get(bob, url)).status, 404);
  });
});
