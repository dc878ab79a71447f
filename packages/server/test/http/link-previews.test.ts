/** Previews of links over HTTP and the native dialect, of pages of another server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { pngBombOf, pngOf } from '../support/png.ts';
import { TestServer } from '../support/running-server.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { bytes, html, redirect, WebSite } from '../support/web-site.ts';

interface Preview {
  readonly url: string;
  readonly title?: string;
  readonly pictureUrl?: string;
  readonly pictureWidth?: number;
  readonly pictureHeight?: number;
}
interface Previews {
  readonly enabled: boolean;
  readonly messages: readonly { readonly messageId: string; readonly previews: Preview[] }[];
  readonly lastSequence?: number;
}

const withPicture = (name: string) =>
  html(`<title>${name}</title><meta property="og:image" content="/${name}">`);

describe('link previews', () => {
  let site: WebSite;
  let server: TestServer;
  let alice: Account;
  let mallory: Account;
  let socket: TestSocket;
  let roomId: string;
  before(async () => {
    site = await WebSite.start({
      '/page': withPicture('wide.png'),
      '/wide.png': bytes(pngOf(960, 540, 'where it was taken'), 'image/png'),
      '/with-bomb': withPicture('bomb.png'),
      // 60,000 x 60,000 pixels in a few hundred kB.
      '/bomb.png': bytes(pngBombOf(60_000), 'image/png'),
      '/with-svg': withPicture('svg.png'),
      '/svg.png': bytes(Buffer.from('<svg><script>alert(1)</script></svg>'), 'image/png'),
      '/with-closed': html(
        '<title>closed</title><meta property="og:image" content="http://[::1]/">',
      ),
      '/to-closed': redirect('http://169.254.169.254/'),
    });
    server = await TestServer.start({
      ...{ LINK_PREVIEWS: 'on', LINK_PREVIEW_ALLOW: '127.0.0.1', MESSAGE_RATE_MAX: '0' },
    });
    [alice, mallory] = [await server.signUp('alice'), await server.signUp('mallory')];
    socket = await alice.connect();
    const made = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name: 'plans', visibility: 'private' },
    });
    roomId = made.room.id;
    await socket.joinRoom({ roomId });
  });
  after(async () => {
    socket.close();
    await server.close();
    await site.close();
  });

  const get = (by: Account, path: string, method = 'GET') =>
    fetch(server.url + path, { method, headers: { authorization: `Bearer ${by.token}` } });
  const previewed = async (path: string): Promise<Preview | undefined> => {
    const sent = await alice.must<{ message: { id: string } }>('POST', '/api/messages', {
      ...{ roomId, content: site.url + path, clientMessageId: path },
    });
    const { messageId, previews } = await socket.next('link_preview');
    assert.equal(messageId, sent.message.id);
    return previews[0];
  };

  test('come over the socket, and with a page of messages to those who may read the room', async () => {
    const preview = await previewed('/page');
    assert.deepEqual(
      [preview?.url, preview?.title, preview?.pictureWidth, preview?.pictureHeight],
      [`${site.url}/page`, 'wide.png', 480, 270],
    );
    const path = `/api/rooms/${roomId}/link-previews`;
    const list = await alice.must<Previews>('GET', `${path}?limit=10`);
    assert.equal(list.enabled, true);
    assert.deepEqual(list.messages.at(-1)?.previews, [preview]);
    assert.equal((await get(mallory, path)).status, 404);

    // The picture is one of this server, small and without metadata.
    const { pictureUrl = '' } = preview ?? {};
    assert.match(pictureUrl, new RegExp(`^/api/rooms/${roomId}/link-previews/`));
    const picture = await get(alice, pictureUrl);
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/webp']);
    assert.match(picture.headers.get('content-security-policy') ?? '', /sandbox/);
    assert.ok(!Buffer.from(await picture.arrayBuffer()).includes('taken'));
    assert.equal((await get(mallory, pictureUrl)).status, 404);
    assert.equal((await fetch(server.url + pictureUrl)).status, 401);
    const fileId = pictureUrl.split('/').at(-1);
    assert.equal((await get(alice, `/api/files/${fileId}`)).status, 404);
  });

  test('have no pictures that cannot be decoded, and none of closed addresses', async () => {
    for (const path of ['/with-bomb', '/with-svg', '/with-closed']) {
      const preview = await previewed(path);
      assert.equal(preview?.pictureUrl, undefined, path);
      assert.notEqual(preview?.title, undefined, path);
    }
    assert.equal(await previewed('/to-closed'), undefined);
  });
});

test('a server of one machine connects to no others by itself', async () => {
  const site = await WebSite.start({ '/page': html('<title>A page</title>') });
  const server = await TestServer.start({ LINK_PREVIEW_ALLOW: '127.0.0.1' });
  const alice = await server.signUp('alice');
  const socket = await alice.connect();
  const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
  await socket.sendMessage({ roomId, content: `${site.url}/page` });
  const list = await alice.must<Previews>('GET', `/api/rooms/${roomId}/link-previews`);
  assert.deepEqual([list.enabled, list.messages], [false, []]);
  assert.deepEqual(site.requests, []);
  socket.close();
  await server.close();
  await site.close();
});
