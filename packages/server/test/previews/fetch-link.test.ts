/** Requests for previews: other servers are strangers, and so are those who link to them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { addressGuard } from '../../src/previews/address-guard.ts';
import { fetchLink } from '../../src/previews/fetch-link.ts';
import { bytes, html, redirect, WebSite } from '../support/web-site.ts';

const LOOPBACK = ['127.0.0.1'];
const TITLE = '<title>A page</title>';
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const ENDLESS = Buffer.alloc(64 * 1024, 'x');

describe('links', () => {
  let site: WebSite;
  before(async () => {
    site = await WebSite.start({
      '/page': html(
        `<meta charset="utf-8"><title> Not &amp; this </title>
         <meta property="og:title" content="Caf&eacute; &quot;P&#39;&quot; &lt;b&gt;">
         <META NAME='description' CONTENT='later'>
         <meta property="og:description" content="About it">
         <meta property="og:site_name" content="Example">
         <meta property="og:image" content="/picture.png">`,
      ),
      '/plain': html(TITLE),
      '/latin': (response) =>
        response
          .writeHead(200, { 'content-type': 'text/html; charset=iso-8859-1' })
          .end(Buffer.from('<title>Grüße</title>', 'latin1')),
      '/picture.png': bytes(PNG, 'image/png'),
      '/large.png': bytes(Buffer.alloc(1_000_001), 'image/png'),
      '/with-large': html(`${TITLE}<meta property="og:image" content="/large.png">`),
      '/with-metadata': html(
        `${TITLE}<meta property="og:image" content="http://169.254.169.254/latest/meta-data">`,
      ),
      '/json': bytes(Buffer.from(`{"a":"${TITLE}"}`), 'application/json'),
      '/svg': bytes(Buffer.from(`<svg>${TITLE}</svg>`), 'image/svg+xml'),
      '/nothing': (response) => response.writeHead(200).end(TITLE),
      '/missing': (response) => response.writeHead(404, { 'content-type': 'text/html' }).end(TITLE),
      '/once': redirect('/plain'),
      '/loop': redirect('/loop'),
      '/to-file': redirect('file:///etc/passwd'),
      '/to-metadata': redirect('http://169.254.169.254/latest/meta-data'),
      '/to-user': (response) =>
        redirect(`http://a:b@127.0.0.1:${site.port}/plain`)(response, null as never),
      '/to-other': (response) =>
        redirect(`http://127.0.0.2:${site.port}/plain`)(response, null as never),
      '/zipped': (response) =>
        response
          .writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' })
          .end(gzipSync(`<head>${TITLE}</head>`)),
      '/bomb': (response) =>
        response
          .writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.concat([Buffer.from(TITLE), Buffer.alloc(100_000_000)]))),
      '/brotli': (response) =>
        response
          .writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'br' })
          .end('never asked for'),
      '/endless': (response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).write(TITLE);
        const write = (): void => {
          while (!response.destroyed && response.write(ENDLESS));
          if (!response.destroyed) response.once('drain', write);
        };
        write();
      },
      '/endless.png': (response) => {
        response.writeHead(200, { 'content-type': 'image/png' });
        const write = (): void => {
          while (!response.destroyed && response.write(ENDLESS));
          if (!response.destroyed) response.once('drain', write);
        };
        write();
      },
      '/slow': (response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).write('<title>');
      },
      '/silent': () => {},
      '/headers': (response) =>
        response
          .writeHead(200, { 'content-type': 'text/html', 'x-long': 'x'.repeat(40_000) })
          .end(),
    });
  });
  after(() => site.close());

  const fetched = (
    url: string,
    {
      allow = LOOPBACK,
      addresses = [] as readonly string[],
      totalMs = 3000,
    }: { allow?: readonly string[]; addresses?: readonly string[]; totalMs?: number } = {},
  ) => {
    const resolve = async () => addresses;
    return fetchLink(url.startsWith('/') ? site.url + url : url, {
      ...{ guard: addressGuard(allow), resolve, totalMs },
    });
  };

  test('show title, description, site and picture of a page', async () => {
    assert.deepEqual(await fetched('/page'), {
      title: 'Café "P\'" <b>',
      description: 'About it',
      siteName: 'Example',
      picture: PNG,
    });
    const none = { description: undefined, siteName: undefined };
    assert.deepEqual(await fetched('/plain'), { title: 'A page', ...none });
    assert.deepEqual(await fetched('/latin'), { title: 'Grüße', ...none });
    assert.deepEqual(await fetched('/zipped'), { title: 'A page', ...none });
    assert.deepEqual(await fetched('/once'), { title: 'A page', ...none });
    assert.deepEqual(await fetched('/picture.png'), { picture: PNG });
  });

  test('show nothing of other types and of errors', async () => {
    for (const path of ['/json', '/svg', '/nothing', '/missing', '/brotli', '/large.png']) {
      assert.equal(await fetched(path), undefined, path);
    }
  });

  test('are not followed to other schemes, addresses with users, and without an end', async () => {
    for (const path of ['/loop', '/to-file', '/to-user', '/to-metadata', '/to-other']) {
      await assert.rejects(fetched(path), { name: 'AddressRefused' }, path);
    }
    assert.equal(site.requests.filter((path) => path === '/loop').length, 4);
  });

  test('lead to no address that is not public, however it is written', async () => {
    const before = site.requests.length;
    const { port } = site;
    const literals = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '0',
      '0.0.0.0',
    ]
      .concat('[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]')
      .concat('169.254.169.254', '10.0.0.1', '192.168.0.1', '127.0.0.1.', '①②⑦.0.0.1');
    for (const host of literals) {
      for (const url of [`http://${host}/plain`, `http://${host}:${port}/plain`]) {
        await assert.rejects(fetched(url, { allow: [] }), url);
      }
    }
    const answers = [
      ['127.0.0.1'],
      ['::1'],
      ['::ffff:127.0.0.1'],
      ['169.254.169.254'],
      ['0.0.0.0'],
    ];
    // A public address beside it changes nothing.
    for (const addresses of [...answers, ['8.8.8.8', '127.0.0.1'], ['fe80::1'], []]) {
      const asked = fetched(`http://rebound.example/plain`, { allow: [], addresses });
      await assert.rejects(asked, { name: 'AddressRefused' }, addresses.join());
    }
    assert.equal(site.requests.length, before);
  });

  test('of public addresses are fetched on the default ports only', async () => {
    for (const url of [
      'http://host.example:8080/',
      'https://host.example:80/',
      'http://host.example:443/',
      'http://8.8.8.8:22/',
      'ftp://host.example/',
    ]) {
      const asked = fetched(url, { addresses: ['8.8.8.8'], allow: [] });
      await assert.rejects(asked, { name: 'AddressRefused' }, url);
    }
  });

  test('are fetched from the addresses that were checked: a name is resolved once', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return asked === 1 ? LOOPBACK : ['127.0.0.2'];
    };
    const options = { guard: addressGuard(LOOPBACK), resolve, totalMs: 3000 };
    const url = `http://rebinding.example:${site.port}/plain`;
    assert.equal((await fetchLink(url, options))?.title, 'A page');
    assert.equal(asked, 1);
    await assert.rejects(fetchLink(url, options), { name: 'AddressRefused' });
  });

  test('have pictures under the same rules', async () => {
    assert.equal((await fetched('/with-large'))?.picture, undefined);
    const closed = await fetched('/with-metadata');
    assert.deepEqual([closed?.title, closed?.picture], ['A page', undefined]);
    assert.equal(await fetched('/endless.png'), undefined);
  });

  test('end after a megabyte, and after their time', async () => {
    assert.equal((await fetched('/endless'))?.title, 'A page');
    assert.equal((await fetched('/bomb'))?.title, 'A page');
    await assert.rejects(fetched('/headers'));
    const startMs = performance.now();
    for (const path of ['/slow', '/silent']) {
      await assert.rejects(fetched(path, { totalMs: 300 }), path);
    }
    assert.ok(performance.now() - startMs < 3000);
  });
});
