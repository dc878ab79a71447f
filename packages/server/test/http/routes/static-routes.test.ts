import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { assertCheap } from '../../support/costs.ts';
import { RawHttp } from '../../support/raw-http.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const SCRIPT = 'export {};\n'.repeat(100);

describe('the page and its files', () => {
  let server: TestServer;
  before(async () => {
    const webRoot = temporaryDirectory();
    const write = (name: string, bytes: string | Buffer) =>
      writeFileSync(join(webRoot, name), bytes);
    mkdirSync(join(webRoot, 'assets'));
    write('index.html', '<!doctype html><title>Parley</title>');
    write('icon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
    write('assets/app-1234.js', SCRIPT);
    write('assets/app-1234.js.br', brotliCompressSync(SCRIPT));
    write('assets/app-1234.js.gz', gzipSync(SCRIPT));
    write('assets/long-1234.js', '/'.repeat(1024 * 1024));
    write('assets/sign-in-page-1234.js', SCRIPT);
    write('assets/sign-in-page-1234.css', 'form {}');
    write('assets/font-1234.woff2', 'as small as it gets');
    server = await TestServer.start({ WEB_ROOT: webRoot });
  });
  after(() => server.close());

  const ask = (path: string, accepted: string) =>
    fetch(server.url + path, { headers: { 'accept-encoding': accepted } });

  test('are served at their own paths, and assets are cached forever', async () => {
    for (const path of ['/', '/app', '/app/', '/app/rooms/some-room']) {
      const answer = await fetch(server.url + path);
      assert.equal(answer.status, 200, path);
      assert.match(await answer.text(), /<title>Parley/);
      assert.equal(answer.headers.get('cache-control'), 'no-cache');
    }
    const asset = await fetch(`${server.url}/assets/app-1234.js`);
    assert.equal(asset.status, 200);
    assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
  });

  test('give a worker no network', async () => {
    const { headers } = await fetch(`${server.url}/assets/app-1234.js`);
    assert.equal(headers.get('content-security-policy'), "default-src 'none'");
  });

  test('let a browser without cookies load its session and the login along with the scripts', async () => {
    const linkOf = async (path: string, cookie?: string) => {
      const headers: Record<string, string> = cookie === undefined ? {} : { cookie };
      return (await fetch(server.url + path, { headers })).headers.get('link');
    };
    const links = [
      '</api/auth/session>; rel=preload; as=fetch; crossorigin',
      '</assets/sign-in-page-1234.css>; rel=preload; as=style; crossorigin',
      '</assets/sign-in-page-1234.js>; rel=modulepreload',
    ];

    for (const path of ['/', '/app/rooms/some-room']) {
      assert.deepEqual((await linkOf(path))?.split(', ').sort(), links);
    }
    assert.equal(await linkOf('/', 'connect.sid=s%3Aany'), null);
    assert.equal(await linkOf('/assets/app-1234.js'), null);
    assert.equal((await fetch(`${server.url}/api/auth/session`)).status, 200);
  });

  test('are served for mistyped paths of the page too', async () => {
    const client = new RawHttp(server.host);
    for (const path of ['/app/rooms/%E0%A4%A', '/app/%', '/app/rooms/%zz?x=%']) {
      const { status, body } = await client.ask(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      assert.equal(status, 200, path);
      assert.match(body, /<title>Parley/);
    }
    const { status } = await client.ask('GET /apple/% HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.equal(status, 400);
    client.close();
  });

  for (const [accepted, encoding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['br ; Q=0.000, gzip ; q=1', 'gzip'],
    ['identity', null],
    ['zstd', null],
  ] as const) {
    test(`are sent ${encoding === undefined ? 'uncompressed' : `as ${encoding}`} for Accept-Encoding ${accepted}`, async () => {
      const answer = await ask('/assets/app-1234.js', accepted);

      assert.equal(answer.headers.get('content-encoding'), encoding);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/javascript/);
      assert.match(answer.headers.get('cache-control') ?? '', /immutable/);
      assert.equal(answer.headers.get('vary'), 'Origin, accept-encoding');
      assert.equal(await answer.text(), SCRIPT);
    });
  }

  test('cost little if the header Accept-Encoding is full of spaces', async () => {
    const accepted = `a${' '.repeat(15_000)}b`;
    await assertCheap(async () => {
      for (let count = 0; count < 3; count += 1) await ask('/', accepted);
    }, 150);
  });

  test('have an ETag per encoding', async () => {
    const client = new RawHttp(server.host);
    const tags = new Set<string>();
    for (const accepted of ['br', 'gzip', 'identity']) {
      const { headers } = await ask('/assets/app-1234.js', accepted);
      const tag = headers.get('etag') ?? '';
      // `fetch` hides an answer with 304.
      const lines = [
        'GET /assets/app-1234.js HTTP/1.1',
        'Host: localhost',
        `Accept-Encoding: ${accepted}`,
        `If-None-Match: ${tag}`,
      ];
      const { status, head } = await client.ask(`${lines.join('\r\n')}\r\n\r\n`);
      assert.equal(status, 304, accepted);
      assert.match(head, /^vary: Origin, accept-encoding\r$/im);
      tags.add(tag);
    }
    client.close();
    assert.equal(tags.size, 3);
  });

  const descriptors = '/proc/self/fd';
  const skip = !existsSync(descriptors) && `needs ${descriptors}`;
  test('keep no descriptors open for clients that do not read the responses', {
    skip,
  }, async () => {
    const before = readdirSync(descriptors).length;
    const [host, port] = server.host.split(':');
    const client = connect({ host: host ?? '', port: Number(port) });
    client.pause();
    const request = `GET /assets/long-1234.js HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`;

    client.write(request.repeat(200));
    // Answered after the earlier requests have been read.
    for (let count = 0; count < 10; count += 1) await ask('/assets/long-1234.js', 'identity');

    const more = readdirSync(descriptors).length - before;
    client.destroy();
    assert(more < 20, `${more} more`);
  });

  test('are sent uncompressed if the build made no compressed copies, which have no paths of their own', async () => {
    const font = await ask('/assets/font-1234.woff2', 'br, gzip');
    assert.equal(font.status, 200);
    assert.equal(font.headers.get('content-encoding'), null);
    assert.equal((await ask('/assets/app-1234.js.br', 'br')).status, 404);
  });

  test('include an icon at the path that browsers request automatically', async () => {
    const answer = await fetch(`${server.url}/favicon.ico`);

    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^image\/svg\+xml/);
    assert.match(await answer.text(), /^<svg/);
  });
});
