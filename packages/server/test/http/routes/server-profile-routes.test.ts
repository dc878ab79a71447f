/** Name and logo of the server: given by administrators, shown to everybody, on all nodes. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { pngOf } from '../../support/png.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

interface Shown {
  readonly server: { readonly name: string | null; readonly logoUrl: string | null };
}

const PATH = '/api/admin/server';
const LOGO = `${PATH}/logo`;

describe('name and logo of the server', () => {
  let server: TestServer;
  let owner: Account;
  let member: Account;
  before(async () => {
    const webRoot = temporaryDirectory();
    mkdirSync(join(webRoot, 'assets'));
    writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Parley</title>');
    const manifest = { name: 'Parley', icons: [{ src: '/icon.svg' }], start_url: '/app/' };
    writeFileSync(join(webRoot, 'manifest.webmanifest'), JSON.stringify(manifest));
    server = await TestServer.start({
      ...{ WEB_ROOT: webRoot, DATA_DIR: temporaryDirectory(), FIRST_ACCOUNT: 'owner' },
    });
    owner = await server.signUp('olivia');
    member = await server.signUp('mary');
  });
  after(() => server.close());

  const sendLogo = (by: Account, content: string | Buffer) => by.sendFile('PUT', LOGO, content);
  const read = async (path: string) => {
    const answer = await fetch(server.url + path);
    assert.equal(answer.status, 200, path);
    return answer.json() as Promise<Record<string, unknown> & Shown>;
  };
  const actions = async () => {
    const { entries } = await owner.must<{
      entries: { action: string; target: string; detail: string }[];
    }>('GET', '/api/admin/audit?action=server.update');
    return entries.map(({ target, detail }) => `${target} ${detail}`);
  };

  test('are those of the product at first', async () => {
    assert.deepEqual((await read('/api/server')).server, { name: null, logoUrl: null });
    assert.equal((await read('/manifest.webmanifest'))['name'], 'Parley');
  });

  test('are given by administrators, and recorded', async () => {
    const named = await owner.must<Shown>('PATCH', PATH, { name: ' Design Team ' });
    assert.deepEqual(named.server, { name: 'Design Team', logoUrl: null });
    await owner.must('PATCH', PATH, { name: 'Design Team' });
    assert.deepEqual(await actions(), ['server name']);

    assert.equal((await member.call('PATCH', PATH, { name: 'Mine' })).status, 403);
    assert.equal((await sendLogo(member, pngOf(300, 200, ''))).status, 403);
    assert.equal((await member.call('DELETE', LOGO)).status, 403);
    assert.equal((await owner.call('PATCH', PATH, { name: 'x'.repeat(41) })).status, 400);
    assert.equal((await owner.call('PATCH', PATH, { name: 'two\nlines' })).status, 400);
    assert.equal((await read('/api/server')).server.name, 'Design Team');
  });

  test('are shown before the login, and by the application that a browser installs', async () => {
    await owner.must('PATCH', PATH, { name: 'Design Team' });
    const set = await sendLogo(owner, pngOf(300, 200, ''));
    assert.equal(set.status, 200, await set.clone().text());
    const { server: shown } = (await set.json()) as Shown;
    const { logoUrl } = shown;

    assert.deepEqual((await read('/api/auth/session')).server, shown);
    const logo = await fetch(server.url + logoUrl);
    assert.deepEqual(
      [logo.status, logo.headers.get('content-type'), logo.headers.get('content-security-policy')],
      [200, 'image/webp', "sandbox; default-src 'none'"],
    );
    const manifest = await read('/manifest.webmanifest');
    const [icon] = manifest['icons'] as { src: string }[];
    assert.deepEqual(
      [manifest['name'], icon?.src, manifest['start_url']],
      ['Design Team', logoUrl, '/app/'],
    );
  });

  test('a logo that is replaced or removed is no longer there, and pictures of users never are', async () => {
    const urlOf = async (answer: Response) => ((await answer.json()) as Shown).server.logoUrl ?? '';
    const first = await urlOf(await sendLogo(owner, pngOf(300, 200, '')));
    const second = await urlOf(await sendLogo(owner, pngOf(200, 200, '')));

    assert.notEqual(first, second);
    assert.equal((await fetch(server.url + first)).status, 404);
    assert.equal((await sendLogo(owner, 'no picture')).status, 400);
    assert.equal((await fetch(server.url + second)).status, 200);
    const removed = await owner.must<Shown>('DELETE', LOGO);
    assert.equal(removed.server.logoUrl, null);
    assert.equal((await fetch(server.url + second)).status, 404);
    assert.equal((await actions())[0], 'server logo');
  });
});
