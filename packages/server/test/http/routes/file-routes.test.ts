/** Files: uploaded, attached to messages, read by those who may read the room, and gone with it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import type { Account } from '../../support/account.ts';
import { filesOnDisk } from '../../support/files-on-disk.ts';
import { filmOf, heifOf, MEDIA, movingPngOf, PLACE, tiffOf } from '../../support/placed-files.ts';
import { pngBombOf, pngOf } from '../../support/png.ts';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient } from '../../support/socketio-client.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';
import { wavOf } from '../../support/wav.ts';

const MAX = 300_000;
const DAY_MAX = 10_000_000;

interface Uploaded {
  readonly fileId: string;
  readonly url: string;
  readonly file: {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly size: number;
    readonly width?: number;
    readonly duration?: number;
    readonly height?: number;
    readonly thumbnailUrl?: string;
    readonly blurHash?: string;
  };
}

describe('files', () => {
  const directory = temporaryDirectory();
  let server: TestServer;
  let people = 0;
  before(async () => {
    server = await TestServer.start({
      DATA_DIR: directory,
      FILE_BYTES_MAX: `${MAX}`,
      USER_FILE_BYTES_PER_DAY: `${DAY_MAX}`,
      UPLOAD_IDLE_MS: '400',
    });
  });
  after(() => server.close());

  const newUser = (): Promise<Account> => {
    people += 1;
    return server.signUp(`file-user-${people}`);
  };
  const formOf = (...files: (readonly [content: string | Buffer, name: string])[]): FormData => {
    const form = new FormData();
    for (const [content, name] of files) form.append('file', new Blob([content]), name);
    return form;
  };
  const send = (by: Account, form: FormData, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/api/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${by.token}`, 'x-parley-upload': '1', ...headers },
      body: form,
    });
  const upload = async (by: Account, content: string | Buffer, name = 'notes.txt') => {
    const answer = await send(by, formOf([content, name]));
    assert.equal(answer.status, 201, await answer.clone().text());
    return (await answer.json()) as Uploaded;
  };
  const get = (by: Account, url: string, headers: Record<string, string> = {}) =>
    fetch(server.url + url, { headers: { authorization: `Bearer ${by.token}`, ...headers } });
  const statusOf = async (by: Account, url: string) => (await get(by, url)).status;
  const post = (by: Account, body: object) => by.call('POST', '/api/messages', body);
  const errorOf = async (answer: Response) => {
    const { error } = (await answer.json()) as { error: { code: string; field?: string } };
    return [answer.status, error.code, error.field];
  };
  /** A room of these users. */
  const groupOf = async (maker: Account, ...others: Account[]): Promise<string> => {
    const socket = await maker.connect();
    const asked = { userIds: others.map(({ userId }) => userId), name: 'Trip' };
    const { roomId } = await socket.ask('create_group', asked, 'group_created');
    socket.close();
    return roomId;
  };
  /** Names of all files on disk. */
  const onDisk = (): string[] => filesOnDisk(directory).map((path) => basename(path));

  test('go from a user to those who may read the room, and to no others', async () => {
    const [alice, bob, carol] = [await newUser(), await newUser(), await newUser()];
    const roomId = await groupOf(alice, bob);
    const { fileId, url, file } = await upload(alice, 'hello', 'Grüße 😀.txt');
    const type = 'text/plain; charset=utf-8';
    assert.deepEqual(file, { id: fileId, name: 'Grüße 😀.txt', type, size: 5 });
    assert.equal(url, `/api/files/${fileId}`);
    // Before it stands anywhere, only its uploader reads it.
    const everyone = () => Promise.all([alice, bob, carol].map((each) => statusOf(each, url)));
    assert.deepEqual(await everyone(), [200, 404, 404]);

    const said = { roomId, content: '', clientMessageId: 'f1', attachments: [{ fileId }] };
    const sent = await post(alice, said);

    assert.equal(sent.status, 201);
    const attached = { fileId, name: file.name, type, size: 5, url };
    const { message } = (await sent.json()) as { message: { id: string; attachments: unknown } };
    assert.deepEqual(message.attachments, [attached]);
    assert.equal((await post(alice, said)).status, 200);
    assert.deepEqual(await everyone(), [200, 200, 404]);
    const history = await bob.must<{ messages: { content: string; attachments: unknown }[] }>(
      'GET',
      `/api/rooms/${roomId}/messages`,
    );
    assert.deepEqual(
      history.messages.map((each) => [each.content, each.attachments]),
      [['', [attached]]],
    );

    await bob.must('DELETE', `/api/rooms/${roomId}/members/me`);
    assert.deepEqual(await everyone(), [200, 404, 404]);
    await alice.must('DELETE', `/api/rooms/${roomId}/messages/${message.id}`);
    assert.deepEqual(await everyone(), [404, 404, 404]);
    assert.equal((await fetch(server.url + url)).status, 401);
  });

  test('of a room are listed by kind and name, to those who may read it', async () => {
    const [alice, bob, carol] = [await newUser(), await newUser(), await newUser()];
    const roomId = await groupOf(alice, bob);
    const path = `/api/rooms/${roomId}/files`;
    const [notes, sound, photo] = [
      await upload(alice, 'x', 'Informe_AÑO 2026.txt'),
      await upload(bob, wavOf(1), 'año.wav'),
      await upload(alice, pngOf(3, 2), 'Photo.png'),
    ];
    const say = async (by: Account, ...files: Uploaded[]) => {
      const attachments = files.map(({ fileId }) => ({ fileId }));
      const sent = await post(by, { roomId, content: '', attachments });
      const { message } = (await sent.json()) as {
        message: { id: string; sequence: number; attachments: unknown[] };
      };
      return message;
    };
    const first = await say(alice, notes);
    const second = await say(bob, sound);
    await say(alice, photo);
    interface Listed {
      readonly files: readonly {
        readonly file: { readonly name: string };
        readonly sequence: number;
        readonly user: { readonly id: string };
      }[];
      readonly cursor?: string;
    }
    const list = (query: Record<string, string>, by = bob) =>
      by.must<Listed>('GET', `${path}?${new URLSearchParams(query)}`);
    const names = async (query: Record<string, string>) =>
      (await list(query)).files.map(({ file }) => file.name);

    assert.deepEqual(await names({}), ['Photo.png', 'año.wav', 'Informe_AÑO 2026.txt']);
    assert.deepEqual(await names({ kind: 'picture' }), ['Photo.png']);
    assert.deepEqual(await names({ kind: 'media' }), ['año.wav']);
    assert.deepEqual(await names({ kind: 'document' }), ['Informe_AÑO 2026.txt']);
    assert.deepEqual(await names({ q: 'ano' }), ['año.wav', 'Informe_AÑO 2026.txt']);
    assert.deepEqual(await names({ q: '2026 AÑO' }), ['Informe_AÑO 2026.txt']);
    assert.deepEqual(await names({ q: 'photo.png' }), ['Photo.png']);
    assert.deepEqual(await names({ q: 'ano', kind: 'picture' }), []);
    const [listed] = (await list({ q: 'informe' })).files;
    assert.deepEqual(
      [listed?.file, listed?.sequence, listed?.user.id],
      [first.attachments[0], first.sequence, alice.userId],
    );

    // Pages, with and without a filter.
    const start = await list({ limit: '2' });
    assert.equal(start.files.length, 2);
    assert.deepEqual(await names({ cursor: start.cursor ?? '' }), ['Informe_AÑO 2026.txt']);
    const found = await list({ q: 'ano', limit: '1' });
    const rest = await list({ q: 'ano', limit: '1', cursor: found.cursor ?? '' });
    assert.deepEqual(
      [rest.files.map(({ file }) => file.name), rest.cursor],
      [['Informe_AÑO 2026.txt'], undefined],
    );

    const refused = async (by: Account, query: string) =>
      errorOf(await by.call('GET', path + query));
    assert.deepEqual(await refused(bob, '?cursor=5'), [400, 'VALIDATION_ERROR', 'cursor']);
    assert.deepEqual(await refused(bob, '?kind=film'), [400, 'VALIDATION_ERROR', 'kind']);
    assert.deepEqual(await refused(bob, `?q=${'x'.repeat(101)}`), [400, 'VALIDATION_ERROR', 'q']);
    const hidden = await errorOf(await carol.call('GET', `/api/rooms/${roomId}/messages`));
    assert.deepEqual(await refused(carol, ''), hidden);
    assert.equal(hidden[1], 'NOT_FOUND');

    await bob.must('DELETE', `/api/rooms/${roomId}/messages/${second.id}`);
    assert.deepEqual(await names({ q: 'ano' }), ['Informe_AÑO 2026.txt']);
    await bob.must('DELETE', `/api/rooms/${roomId}/members/me`);
    assert.deepEqual(await refused(bob, ''), hidden);
  });

  test('of others, of other messages and unknown ones are refused, and nothing is sent', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const roomId = await groupOf(alice, bob);
    const [own, taken, foreign] = [
      await upload(alice, '1'),
      await upload(alice, '2'),
      await upload(bob, '3'),
    ];
    const say = async (...ids: string[]) =>
      errorOf(
        await post(alice, { roomId, content: 'x', attachments: ids.map((fileId) => ({ fileId })) }),
      );
    await post(alice, { roomId, content: '', attachments: [{ fileId: taken.fileId }] });

    const refused = [404, 'NOT_FOUND', 'attachments'];
    assert.deepEqual(await say(own.fileId, taken.fileId), refused);
    assert.deepEqual(await say(own.fileId, foreign.fileId), refused);
    assert.deepEqual(await say('00000000-0000-4000-8000-000000000000'), refused);
    assert.equal((await post(alice, { roomId, content: ' ' })).status, 400);
    assert.equal(await statusOf(bob, own.url), 404);
  });

  test('are described by the server, whatever the sender says about them', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const roomId = await groupOf(alice, bob);
    const { fileId, url } = await upload(alice, 'x', 'real.txt');
    const forged = { name: 'fake.png', type: 'image/png', url: 'https://evil.example/', size: 9 };

    const attachments = [
      { fileId, ...forged, thumbnailUrl: 'https://evil.example/', alt: 'notes' },
    ];
    const sent = await post(alice, { roomId, content: 'look', attachments });

    const { message } = (await sent.json()) as { message: { attachments: unknown } };
    const type = 'text/plain; charset=utf-8';
    const described = { fileId, name: 'real.txt', type, size: 1, url, alt: 'notes' };
    assert.deepEqual(message.attachments, [described]);
  });

  test('are lines of text in dialects without a field for them', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const client = await SocketIoClient.connect(server, bob.username);
    const { fileId, url } = await upload(alice, 'x', 'a.txt');
    const body = { recipientId: bob.userId, content: 'see', attachments: [{ fileId }] };

    const { message } = await alice.must<{ message: { content: string } }>(
      'POST',
      '/api/messages',
      body,
    );

    assert.equal(message.content, `see\na.txt: ${url}`);
    client.close();
  });

  test('are served in ranges, and never run or guessed by a browser', async () => {
    const alice = await newUser();
    const { url } = await upload(alice, '0123456789', 'a"b\\;é.html');
    const whole = await get(alice, url);
    const headersOf = (answer: Response, ...names: string[]) =>
      names.map((name) => answer.headers.get(name));

    assert.deepEqual(
      headersOf(whole, 'content-type', 'x-content-type-options', 'cross-origin-resource-policy'),
      ['text/plain; charset=utf-8', 'nosniff', 'same-origin'],
    );
    assert.equal(whole.headers.get('content-security-policy'), "sandbox; default-src 'none'");
    assert.equal(
      whole.headers.get('content-disposition'),
      `attachment; filename=";_.html"; filename*=UTF-8''%3B%C3%A9.html`,
    );
    const ranges: Record<string, readonly [status: number, text: string, range: string | null]> = {
      'bytes=2-4': [206, '234', 'bytes 2-4/10'],
      'bytes=8-': [206, '89', 'bytes 8-9/10'],
      'bytes=-3': [206, '789', 'bytes 7-9/10'],
      'bytes=0-99': [200, '0123456789', null],
      'bytes=4-2': [200, '0123456789', null],
      'bytes=0-1,3-4': [200, '0123456789', null],
      'lines=1-2': [200, '0123456789', null],
      'bytes=10-': [416, '', 'bytes */10'],
      'bytes=-0': [416, '', 'bytes */10'],
    };
    for (const [range, expected] of Object.entries(ranges)) {
      const answer = await get(alice, url, { range });
      const text = await answer.text();
      assert.deepEqual([answer.status, text, answer.headers.get('content-range')], expected, range);
    }
    const tag = whole.headers.get('etag') ?? '';
    assert.equal((await get(alice, url, { 'if-none-match': tag })).status, 304);
    const changed = await get(alice, url, { range: 'bytes=2-4', 'if-range': '"other"' });
    assert.equal(changed.status, 200);
    const head = await fetch(server.url + url, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${alice.token}` },
    });
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, '10']);
    assert.equal(await statusOf(alice, `${url}/thumbnail`), 404);
  });

  test('that are played have their type, in ranges, and are downloads when they are opened', async () => {
    const alice = await newUser();
    const { file, url } = await upload(alice, wavOf(1), 'tone.html');

    const part = await get(alice, url, { range: 'bytes=0-3' });

    assert.deepEqual([file.type, part.status, await part.text()], ['audio/wav', 206, 'RIFF']);
    assert.equal(file.duration, 1);
    assert.equal(part.headers.get('content-type'), 'audio/wav');
    assert.match(
      part.headers.get('content-disposition') ?? '',
      /^attachment; filename="tone.html"/,
    );
    assert.equal(part.headers.get('content-security-policy'), "sandbox; default-src 'none'");
  });

  test('that are documents are opened by the viewer of the browser, and run nothing', async () => {
    const alice = await newUser();
    const shown = await get(alice, (await upload(alice, '%PDF-1.7\n', 'plan.html')).url);

    assert.equal(shown.headers.get('content-type'), 'application/pdf');
    assert.match(shown.headers.get('content-disposition') ?? '', /^inline; filename="plan.html"/);
    assert.equal(shown.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(shown.headers.get('content-security-policy'), "sandbox; default-src 'none'");
  });

  test('that are pictures lose their metadata, and keep their size', async () => {
    const alice = await newUser();
    const secret = 'GPS 48.2082 N 16.3738 E';

    const small = await upload(alice, pngOf(30, 20, secret), 'small.png');
    const large = await upload(alice, pngOf(1600, 800), 'large.png');

    assert.deepEqual(
      [small, large].map(({ file: { type, width, height } }) => [type, width, height]),
      [
        ['image/png', 30, 20],
        ['image/png', 1600, 800],
      ],
    );
    assert.equal(small.file.thumbnailUrl, undefined);
    const shown = await get(alice, small.url);
    assert.equal(shown.headers.get('content-type'), 'image/png');
    assert.match(shown.headers.get('content-disposition') ?? '', /^inline; filename="small.png"/);
    assert.ok(!Buffer.from(await shown.arrayBuffer()).includes(secret));
    assert.equal(large.file.thumbnailUrl, `${large.url}/thumbnail`);
  });

  test('of phones reach others with their type, their media, and no place', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const roomId = await groupOf(alice, bob);
    const photo = await sharp({
      create: { width: 60, height: 40, channels: 3, background: '#3a8' },
    })
      .withExif({ IFD0: { Copyright: PLACE } })
      .avif()
      .toBuffer();
    assert.ok(photo.includes(PLACE));
    const sent: Readonly<Record<string, readonly [type: string, content: Buffer]>> = {
      'a.heic': ['image/heic', heifOf('heic')],
      'a.avif': ['image/avif', photo],
      'a.mov': ['video/quicktime', filmOf('qt  ', 'vide')],
      'a.mp4': ['video/mp4', filmOf('isom', 'vide')],
      'a.3gp': ['video/mp4', filmOf('3gp5', 'vide')],
      'a.m4a': ['audio/mp4', filmOf('M4A ', 'soun')],
      'a.tif': ['image/tiff', tiffOf()],
      'a.png': ['image/png', movingPngOf(3, 2, 4)],
    };
    for (const [name, [type, content]] of Object.entries(sent)) {
      const { fileId, url, file } = await upload(alice, content, name);
      await post(alice, { roomId, content: '', attachments: [{ fileId }] });
      const answer = await get(bob, url);
      const bytes = Buffer.from(await answer.arrayBuffer());
      assert.deepEqual([file.type, answer.headers.get('content-type')], [type, type], name);
      assert.equal(bytes.includes(PLACE), false, name);
      assert.equal(bytes.indexOf(MEDIA), content.indexOf(MEDIA), name);
      if (name === 'a.avif') assert.deepEqual([file.width, file.height], [60, 40]);
      if (name === 'a.png') assert.equal(bytes.toString('latin1').match(/fcTL/g)?.length, 4);
    }
    for (const content of [filmOf('isom', 'vide').subarray(0, 200), tiffOf().subarray(0, 90)]) {
      const refused = await send(alice, formOf([content, 'cut']));
      assert.match(await refused.clone().text(), /place and camera data/);
      assert.deepEqual(await errorOf(refused), [400, 'VALIDATION_ERROR', 'file']);
    }
  });

  test('that are large pictures have thumbnails in two sizes, and are shown in place of missing ones', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const { fileId, url } = await upload(alice, pngOf(1600, 800), 'photo.png');
    const look = async (size: string, headers: Record<string, string> = {}) => {
      const answer = await get(alice, `${url}/thumbnail${size}`, headers);
      const bytes = Buffer.from(await answer.arrayBuffer());
      const type = answer.headers.get('content-type');
      assert.equal(answer.headers.get('cache-control'), 'private, no-cache');
      const isSmall = type === 'image/webp' && answer.status === 200;
      const width = isSmall ? bytes.readUInt16LE(26) & 0x3fff : 'whole';
      return { status: answer.status, width, tag: answer.headers.get('etag') ?? '' };
    };
    const widths = async () => [(await look('')).width, (await look('?size=small')).width];

    const first = await look('');
    assert.deepEqual([first.status, first.width === 'whole' || first.width === 720], [200, true]);
    await until(async () => (await look('?size=small')).width === 240, 'the thumbnails');
    assert.deepEqual(await widths(), [720, 240]);
    assert.equal((await look('?size=large')).width, 720);
    const { tag } = await look('');
    assert.equal((await look('', { 'if-none-match': tag })).status, 304);

    // As if they were not made yet.
    const onDiskAs = (name: string) => join(directory, 'files', fileId.slice(-2), fileId + name);
    rmSync(onDiskAs('.small'));
    assert.deepEqual(await widths(), [720, 720]);
    renameSync(onDiskAs('.thumbnail'), onDiskAs('.kept'));
    assert.deepEqual(await widths(), ['whole', 'whole']);
    const whole = await look('');
    assert.notEqual(whole.tag, tag);
    assert.equal((await look('', { 'if-none-match': whole.tag })).status, 304);
    const [part, other] = ['bytes=0-3', 'bytes=0-7'];
    assert.equal((await look('', { range: part, 'if-range': whole.tag })).status, 206);
    assert.equal((await look('', { range: other, 'if-range': tag })).status, 200);
    renameSync(onDiskAs('.kept'), onDiskAs('.thumbnail'));
    const made = await look('', { 'if-none-match': whole.tag });
    assert.deepEqual([made.status, made.width, made.tag], [200, 720, tag]);

    assert.deepEqual(await errorOf(await get(alice, `${url}/thumbnail?size=huge`)), [
      ...[400, 'VALIDATION_ERROR', 'size'],
    ]);
    assert.equal(await statusOf(bob, `${url}/thumbnail?size=small`), 404);
    assert.equal((await fetch(`${server.url}${url}/thumbnail?size=small`)).status, 401);
  });

  test('that are pictures tell readers of their message what they look like', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const roomId = await groupOf(alice, bob);
    const { fileId, file } = await upload(alice, pngOf(40, 20), 'small.png');
    const again = await upload(alice, pngOf(40, 20), 'again.png');
    assert.equal(file.blurHash, again.file.blurHash);
    assert.match(file.blurHash ?? '', /^.{20}$/);

    const forged = { fileId, blurHash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj' };
    await post(alice, {
      roomId,
      content: '',
      attachments: [forged, { fileId: again.fileId, blurHash: 'x' }],
    });

    const { messages } = await bob.must<{ messages: { attachments?: { blurHash?: string }[] }[] }>(
      'GET',
      `/api/rooms/${roomId}/messages`,
    );
    const blurs = messages.at(-1)?.attachments?.map(({ blurHash }) => blurHash);
    assert.deepEqual(blurs, [file.blurHash, file.blurHash]);
  });

  test('that hold scripts are downloads, and damaged pictures are refused', async () => {
    const alice = await newUser();
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    const polyglot = Buffer.concat([pngOf(3, 3), Buffer.from('<script>alert(1)</script>')]);
    for (const content of [svg, '<!doctype html><script>alert(1)</script>']) {
      const { file, url } = await upload(alice, content, 'a.svg');
      assert.equal(file.type, 'text/plain; charset=utf-8');
      const { headers } = await get(alice, url);
      assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.match(headers.get('content-disposition') ?? '', /^attachment/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('content-security-policy'), "sandbox; default-src 'none'");
    }
    // Data beside the picture, such as its place, could not be removed.
    const damaged: Record<string, string | Buffer> = {
      'cut.png': pngOf(30, 30).subarray(0, 60),
      'not.png': Buffer.concat([pngOf(3, 3).subarray(0, 8), Buffer.from(svg)]),
      'gif.js': 'GIF89a/*\x00\x00*/=1;alert(1)',
      'jpeg.html': Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(svg)]),
    };
    for (const [name, content] of Object.entries(damaged)) {
      const refused = await send(alice, formOf([content, name]));
      assert.match(await refused.clone().text(), /is damaged/, name);
      assert.deepEqual(await errorOf(refused), [400, 'VALIDATION_ERROR', 'file'], name);
    }
    // 60,000 x 60,000 pixels in a few hundred kB.
    const bomb = await send(alice, formOf([pngBombOf(60_000), 'bomb.png']));
    assert.match(await bomb.clone().text(), /too much time or memory/);
    assert.deepEqual(await errorOf(bomb), [400, 'VALIDATION_ERROR', 'file']);
    // The picture of a polyglot stays, the rest of it goes.
    const { file, url } = await upload(alice, polyglot, 'both.png');
    assert.equal(file.type, 'image/png');
    assert.ok(!Buffer.from(await (await get(alice, url)).arrayBuffer()).includes('script'));
  });

  test('have the last part of their name, and are stored under their ids', async () => {
    const alice = await newUser();
    const names: Record<string, string> = {
      '../../etc/passwd': 'passwd',
      '..\\..\\boot.ini': 'boot.ini',
      '..': 'file',
      '/': 'file',
      '': 'file',
      'photo\u202Egnp.exe': 'photognp.exe',
      'a\u0000b': 'ab',
      ['x'.repeat(300)]: 'x'.repeat(200),
    };
    for (const [written, shown] of Object.entries(names)) {
      const { file } = await upload(alice, 'x', written);
      assert.equal(file.name, shown, JSON.stringify(written));
    }
    for (const name of onDisk()) assert.match(name, /^[0-9a-f-]{36}(\.thumbnail|\.small)?$/);
  });

  test('come several at once, all of them or none', async () => {
    const alice = await newUser();
    const before = onDisk().length;

    const answer = await send(alice, formOf(['1', 'one'], ['22', 'two']));

    const { files } = (await answer.json()) as { files: Uploaded[] };
    assert.deepEqual(
      files.map(({ file }) => [file.name, file.size]),
      [
        ['one', 1],
        ['two', 2],
      ],
    );
    // As browsers write a quotation mark in a form.
    const quoted = await send(alice, formOf(['1', 'a"b;c.txt']));
    assert.equal(((await quoted.json()) as Uploaded).file.name, 'a"b;c.txt');
    const many = Array.from({ length: 11 }, (_, index) => [`${index}`, `${index}`] as const);
    const tooMany = await send(alice, formOf(...many));
    assert.deepEqual(await errorOf(tooMany), [400, 'VALIDATION_ERROR', 'file']);
    const large = await send(alice, formOf(['1', 'one'], [Buffer.alloc(MAX + 1), 'large']));
    assert.deepEqual(await errorOf(large), [413, 'VALIDATION_ERROR', 'file']);
    assert.equal((await send(alice, formOf([Buffer.alloc(MAX), 'fits']))).status, 201);
    assert.equal(onDisk().length, before + 4);
  });

  test('are refused in other forms, and from foreign pages', async () => {
    const alice = await newUser();
    const token = { authorization: `Bearer ${alice.token}` };
    const ask = (headers: Record<string, string>, body: string | FormData) =>
      fetch(`${server.url}/api/upload`, { method: 'POST', headers, body });
    const mine = { ...token, 'x-parley-upload': '1' };
    const form = 'multipart/form-data; boundary=x';

    assert.equal((await ask({ 'x-parley-upload': '1' }, formOf(['x', 'x']))).status, 401);
    assert.equal((await ask(token, formOf(['x', 'x']))).status, 403);
    assert.equal(
      (await ask({ ...mine, origin: 'https://evil.example' }, formOf(['x', 'x']))).status,
      403,
    );
    const bodies: readonly (readonly [type: string, body: string])[] = [
      ['application/json', '{}'],
      ['text/plain', 'x'],
      ['multipart/form-data', 'x'],
      [form, 'nonsense'],
      [form, '--x--\r\n'],
      [form, '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nno end'],
      [form, '--x\r\ncontent-disposition: form-data; name="text"\r\n\r\nx\r\n--x--\r\n'],
      [form, `--x\r\n${'a: b\r\n'.repeat(5000)}\r\n--x--\r\n`],
    ];
    for (const [type, body] of bodies) {
      const answer = await ask({ ...mine, 'content-type': type }, body);
      assert.equal(answer.status, 400, `${type} ${body.slice(0, 60)}`);
    }
    const elsewhere = await ask({ ...token, 'content-type': form }, 'x');
    assert.equal(elsewhere.status, 403);
    const login = await fetch(`${server.url}/login`, { method: 'POST', body: formOf(['x', 'x']) });
    assert.equal(login.status, 400);
  });

  test('are cut off if there is too much around them', async () => {
    const alice = await newUser();
    const [host = '', port] = server.host.split(':');
    const part = (name: string) =>
      `--x\r\ncontent-disposition: form-data; name="${name}"; filename="a"\r\n\r\n`;
    const file = `${part('file')}abc\r\n`;
    for (const start of ['before', `${file}--x--\r\n`, part('other'), file + part('other')]) {
      const socket = connect({ host, port: Number(port) });
      let answer = '';
      let sent = 0;
      socket
        .on('error', () => {})
        .on('data', (bytes) => {
          answer += bytes;
        });
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(
        [
          'POST /api/upload HTTP/1.1',
          `Host: ${server.host}`,
          `Authorization: Bearer ${alice.token}`,
          'X-Parley-Upload: 1',
          'Content-Type: multipart/form-data; boundary=x',
          'Transfer-Encoding: chunked',
          '',
          `${start.length.toString(16)}\r\n${start}\r\n`,
        ].join('\r\n'),
      );
      const chunk = `10000\r\n${'y'.repeat(65_536)}\r\n`;
      const pump = (): void => {
        if (socket.destroyed || answer !== '') return;
        sent += chunk.length;
        socket.write(chunk, pump);
      };
      pump();
      await closed;
      assert.match(answer, /^HTTP\/1.1 413 .*beside its files/s, start);
      assert.ok(sent < 50_000_000, `${sent} bytes were sent`);
    }
    const announced = await send(alice, formOf([Buffer.alloc(MAX * 11), 'large']));
    assert.equal(announced.status, 413);
  });

  test('that arrive too slowly, or not to their end, leave nothing', async () => {
    const alice = await newUser();
    const before = onDisk();
    const head = [
      'POST /api/upload HTTP/1.1',
      `Host: ${server.host}`,
      `Authorization: Bearer ${alice.token}`,
      'X-Parley-Upload: 1',
      'Content-Type: multipart/form-data; boundary=x',
      'Content-Length: 1000',
      '',
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    ].join('\r\n');
    const open = () => {
      const [host = '', port] = server.host.split(':');
      const socket = connect({ host, port: Number(port) });
      socket.write(head);
      return socket;
    };

    // Silent, and with too few bytes.
    for (const isSilent of [true, false]) {
      const slow = open();
      const trickle = setInterval(() => isSilent || slow.write('x'), 50);
      let answer = '';
      slow.on('data', (bytes) => {
        answer += bytes;
      });
      await once(slow, 'close', { signal: AbortSignal.timeout(20_000) });
      clearInterval(trickle);
      assert.match(answer, /^HTTP\/1.1 400 .*did not arrive in time/s);
    }
    const gone = open();
    await until(() => onDisk().length > before.length, 'the file begins');
    gone.destroy();
    await until(() => onDisk().length === before.length, 'the file is gone');
    // Their places are free again.
    for (let time = 0; time < 4; time += 1) await upload(alice, 'x');
  });

  test('have limits for each user: at once, and per day', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send(alice, formOf([Buffer.alloc(200_000), 'a']))),
    );
    const statuses = answers.map(({ status }) => status);
    assert.ok(statuses.includes(429), `${statuses}`);

    let last = 201;
    for (let count = 0; last === 201 && count <= DAY_MAX / MAX; count += 1) {
      last = (await send(alice, formOf([Buffer.alloc(MAX), 'a']))).status;
    }
    assert.equal(last, 429);
    await upload(bob, 'x');
  });
});

test('files end at the bytes of all files, with a clear error', async (t) => {
  const server = await TestServer.start({ FILES_BYTES_MAX: '100', USER_FILES_PERCENT: '0' });
  t.after(() => server.close());
  const alice = await server.signUp('alice');
  const send = async (bytes: number) => {
    const answer = await alice.sendFile('POST', '/api/upload', Buffer.alloc(bytes));
    return [answer.status, await answer.text()] as const;
  };

  assert.equal((await send(90))[0], 201);
  const [status, text] = await send(20);
  assert.equal(status, 503);
  assert.match(text, /no space left for files/);
});

test('an upload that is refused takes nothing from the limit of its user', async (t) => {
  const server = await TestServer.start({ USER_FILE_BYTES_PER_DAY: '1000' });
  t.after(() => server.close());
  const alice = await server.signUp('alice');
  const send = async (...sizes: number[]) => {
    const body = new FormData();
    for (const size of sizes) body.append('file', new Blob([Buffer.alloc(size)]), 'a');
    const headers = { authorization: `Bearer ${alice.token}`, 'x-parley-upload': '1' };
    return (await fetch(`${server.url}/api/upload`, { method: 'POST', headers, body })).status;
  };
  assert.equal(await send(400, 400, 400), 429);
  assert.equal(await send(500, 400), 201);
  assert.equal(await send(400), 429);
});

test('files of a user end at their share of the space, and those of others do not', async (t) => {
  const server = await TestServer.start({ FILES_BYTES_MAX: '1000', FIRST_ACCOUNT: 'owner' });
  t.after(() => server.close());
  const [owner, bob] = [await server.signUp('owner'), await server.signUp('bob')];
  const send = async (by: Account, bytes: number) => {
    const answer = await by.sendFile('POST', '/api/upload', Buffer.alloc(bytes));
    return [answer.status, await answer.text()] as const;
  };

  assert.equal((await send(owner, 200))[0], 201);
  const [status, text] = await send(owner, 1);
  assert.equal(status, 503);
  assert.match(text, /as much of the free space as one user may/);
  // A new account has an eighth of the share.
  assert.equal((await send(bob, 25))[0], 503);
  assert.equal((await send(bob, 24))[0], 201);
});

test('uploads that bring nothing give their places to others', async (t) => {
  const directory = temporaryDirectory();
  const server = await TestServer.start({ DATA_DIR: directory, UPLOAD_IDLE_MS: '600000' });
  t.after(() => server.close());
  const head = [
    `Host: ${server.host}`,
    'X-Parley-Upload: 1',
    'Content-Type: multipart/form-data; boundary=x',
    'Content-Length: 200000',
    '',
    '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
  ].join('\r\n');
  const [host = '', port] = server.host.split(':');
  let answers = '';
  for (let user = 0; user < 34; user += 1) {
    const { token } = await server.signUp(`silent-${user}`);
    for (let count = 0; count < 3; count += 1) {
      const socket = connect({ host, port: Number(port) });
      socket
        .on('error', () => {})
        .on('data', (bytes) => {
          answers += bytes;
        });
      t.after(() => socket.destroy());
      socket.write(`POST /api/upload HTTP/1.1\r\nAuthorization: Bearer ${token}\r\n${head}`);
    }
  }
  const honest = await server.signUp('honest');
  await until(() => filesOnDisk(directory).length >= 100, 'all places are taken');
  // Uploads that have just begun are not called slow.
  const status = async () => (await honest.sendFile('POST', '/api/upload', Buffer.of(1))).status;
  await until(async () => (await status()) === 201, 'a place is given');
  assert.match(answers, /^HTTP\/1.1 429 .*was too slow while others waited/s);
});
