/** Uploaded files that attack the server, its disk, or the users who open them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { pngBombOf, pngOf } from '../../../packages/server/test/support/png.ts';
import { until } from '../../../packages/server/test/support/wait.ts';
import type { Attack } from '../attack.ts';
import { tryAll } from '../attempts.ts';
import { ATTACKER_ADDRESS, type Attacker, type Target } from '../target.ts';

const READERS = 'Uploaded files that attack their readers';
const FULL = 'Uploads that fill the server';
/** A user may upload three files at once. */
const PER_ATTACKER = 5;
const SCRIPT = '<script>alert(document.cookie)</script>';
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${SCRIPT}</svg>`;
const BOUNDARY = 'a-boundary';

interface Uploaded {
  readonly status: number;
  readonly url: string;
  readonly name: string;
  readonly type: string;
}

async function upload(
  { url }: Target,
  { token }: Attacker,
  content: Buffer | string,
  name = 'file',
): Promise<Uploaded> {
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(Buffer.from(content))]), name);
  const headers = { authorization: `Bearer ${token}`, 'x-parley-upload': '1' };
  const answer = await fetch(`${url}/api/upload`, { method: 'POST', headers, body });
  const { url: place = '', file } = (await answer.json()) as Partial<{
    readonly url: string;
    readonly file: { readonly name: string; readonly type: string };
  }>;
  return { status: answer.status, url: place, name: file?.name ?? '', type: file?.type ?? '' };
}

const read = (target: Target, { token }: Attacker, path: string): Promise<Response> =>
  fetch(target.url + path, { headers: { authorization: `Bearer ${token}` } });

/** Tiny frames, each of which is decoded as a picture of the whole size. */
function gifBombOf(side: number, frames: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt16LE(side, 0);
  size.writeUInt16LE(side, 2);
  const frame = Buffer.from('2c0000000001000100000202440100', 'hex');
  return Buffer.concat([
    ...[Buffer.from('GIF89a'), size, Buffer.from('800000000000ffffff', 'hex')],
    ...Array.from({ length: frames }, () => frame),
    Buffer.from(';'),
  ]);
}

/** Small files of more pixels than a picture may have, and the largest that may be decoded. */
async function sendBombs(target: Target): Promise<void> {
  const create = { width: 8_000, height: 8_000, channels: 3 as const, background: '#888' };
  const bombs = [
    pngBombOf(30_000),
    // Larger than its first frame by more than this, the screen is not believed, and the picture is that frame.
    gifBombOf(2_000, 1_000),
    await sharp({ create }).webp().toBuffer(),
  ];
  const largest = pngOf(7_000, 7_000);
  await target.each(PER_ATTACKER * target.attackers.length, async (index) => {
    for (const bomb of [...bombs, largest]) {
      if (target.isOver) return;
      const { status, type } = await upload(target, target.attacker(index), bomb);
      const isHarmless = [400, 429].includes(status) || (status === 201 && bomb !== bombs[0]);
      target.expect(isHarmless, `a bomb was answered ${status} as ${type}`);
    }
  });
  const { status } = await upload(target, target.victim, 'a note');
  target.expect(status === 201, `the upload of another user was answered ${status}`);
}

const OCTETS = 'application/octet-stream';
/** Types of downloads: those that browsers play run nothing. For PDF, browsers have viewers. */
const HARMLESS = new Set([OCTETS, 'text/plain; charset=utf-8', 'audio/mpeg', 'video/webm']);
/** They begin as pictures, which cannot be decoded. */
const REFUSED = new Set(['gif-and-script.gif', 'page.jpg']);

/** Files that are pictures and pages at the same time, or only claim to be pictures. */
async function disguise(target: Target): Promise<void> {
  const picture = pngOf(20, 20, SCRIPT);
  const files: readonly (readonly [name: string, content: Buffer])[] = [
    ['script-behind.png', Buffer.concat([picture, Buffer.from(SCRIPT)])],
    ['script-in-comment.png', picture],
    ['gif-and-script.gif', Buffer.from(`GIF89a/*${'x'.repeat(20)}*/=1;alert(1)//${SCRIPT}`)],
    ['vector.svg', Buffer.from(SVG)],
    ['vector.png', Buffer.from(SVG)],
    ['page.html', Buffer.from(`<!doctype html>${SCRIPT}`)],
    ['page.jpg', Buffer.from(`\xff\xd8\xff\xe0${SCRIPT}`, 'latin1')],
    ['page.pdf', Buffer.from(`%PDF-1.7\n${SCRIPT}`)],
    ['song.html', Buffer.from(`ID3\x04${SCRIPT}`)],
    ['film.svg', Buffer.from(`\x1a\x45\xdf\xa3webm${SVG}`, 'latin1')],
    ['archive.zip', Buffer.from(`PK\x03\x04${SCRIPT}`, 'latin1')],
    ['style.css', Buffer.from('body{background:url(//evil.example)}')],
    ['worker.js', Buffer.from('self.onfetch=alert')],
  ];
  const attacker = target.attacker(0);
  for (const [name, content] of files) {
    const { status, url } = await upload(target, attacker, content, name);
    const expected = REFUSED.has(name) ? 400 : 201;
    target.expect(status === expected, `${name} was answered ${status}`);
    if (status === 400) continue;
    const answer = await read(target, attacker, url);
    const { headers } = answer;
    const bytes = Buffer.from(await answer.arrayBuffer());
    const type = headers.get('content-type') ?? '';
    const isPicture = type === 'image/png' && !bytes.includes('script');
    const isDownload = headers.get('content-disposition')?.startsWith('attachment') === true;
    const isHarmless = type === 'application/pdf' || (HARMLESS.has(type) && isDownload);
    target.expect(isPicture || isHarmless, `${name} is shown as ${type}`);
    const policy = headers.get('content-security-policy') ?? '';
    target.expect(/^sandbox;/.test(policy), `${name} has the policy ${policy}`);
    target.expect(headers.get('x-content-type-options') === 'nosniff', `${name} may be guessed`);
  }
}

/** Names that lead to other folders, or into the headers of the answer. */
async function misname(target: Target): Promise<void> {
  const names = [
    ...['../../../etc/passwd', '..\\..\\parley.db', '/etc/cron.d/job', 'C:\\boot.ini', '..', '.'],
    ...['a\u0000.png', 'a\r\nset-cookie: a=b', '"; filename="b', 'a\u202egnp.exe', '\ud800', ' '],
    ...['x'.repeat(60_000), '%2e%2e%2f', "'%0d%0a", 'con', '\u2066../x'],
  ];
  const attacker = target.attacker(0);
  for (const name of names) {
    const { status, url, name: kept } = await upload(target, attacker, 'text', name);
    if (status === 400) continue;
    const shown = JSON.stringify(name.slice(0, 30));
    target.expect(status === 201, `the name ${shown} was answered ${status}`);
    const isLine = [...kept].length <= 200 && !/[\\/\p{Cc}\u202e\u2066]/u.test(kept);
    target.expect(isLine && !/^\.*$/.test(kept), `the name ${shown} was kept as ${kept}`);
    const { headers } = await read(target, attacker, url);
    target.expect(headers.get('set-cookie') === null, `the name ${shown} set a header`);
  }
  const onDisk = namesIn(target);
  target.expect(
    onDisk.every((name) => /^[\w-]+(\.thumbnail|\.small)?$/.test(name)),
    `files: ${onDisk}`,
  );
}

/** Of all files of the server's folder of files. */
function namesIn({ directory }: Target, ...folder: string[]): string[] {
  return readdirSync(join(directory, 'files', ...folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

/** Bodies that are shorter or longer than they say, never end, or have countless parts. */
async function misframe(target: Target): Promise<void> {
  const part = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n`;
  const end = `\r\n--${BOUNDARY}--\r\n`;
  const whole = `${part}text${end}`;
  const length = (bytes: number): string => `content-length: ${bytes}\r\n`;
  const bodies = [
    ...[`${length(whole.length - 10)}\r\n${whole}`, `${length(whole.length + 1_000)}\r\n${whole}`],
    `${length(1_000_000_000)}\r\n${part}`,
    `${length(part.length + 4)}\r\n${part}text`,
    `transfer-encoding: chunked\r\n\r\n${part.length.toString(16)}\r\n${part}\r\n`,
    `transfer-encoding: chunked\r\n\r\nffffffffffffff\r\n${part}`,
    ...[part.repeat(1_000) + end, `--${BOUNDARY}\r\n${'a: b\r\n'.repeat(2_000)}\r\n${end}`].map(
      (body) => `${length(body.length)}\r\n${body}`,
    ),
    ...[`--${BOUNDARY}\r\n${'a'.repeat(200_000)}`, '\r\n'.repeat(100_000)].map(
      (body) => `${length(body.length)}\r\n${body}`,
    ),
  ];
  await target.repeat(async (round) => {
    const { token } = target.attacker(round);
    await Promise.all(
      bodies.map(async (body) => {
        const socket = target.tcp();
        socket.resume();
        const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        socket.write(
          `POST /api/upload HTTP/1.1\r\nhost: ${target.host}\r\nauthorization: Bearer ${token}\r\n` +
            `x-parley-upload: 1\r\ncontent-type: multipart/form-data; boundary=${BOUNDARY}\r\n${body}`,
        );
        await Promise.race([closed, target.wait(300)]);
        socket.destroy();
      }),
    );
  });
}

/** Bytes that come one by one, on more connections than uploads may run at once. */
async function dawdle(target: Target): Promise<void> {
  const part = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n`;
  const isOpen = { value: true };
  const dripping = target.each(120, async (index) => {
    const socket = target.tcp(ATTACKER_ADDRESS);
    socket.resume();
    socket.write(
      `POST /api/upload HTTP/1.1\r\nhost: ${target.host}\r\ncontent-length: 1000000\r\n` +
        `authorization: Bearer ${target.attacker(index).token}\r\nx-parley-upload: 1\r\n` +
        `content-type: multipart/form-data; boundary=${BOUNDARY}\r\n\r\n${part}`,
    );
    while (isOpen.value && !target.isOver && socket.writable) {
      socket.write('x');
      await target.wait(100);
    }
    socket.destroy();
  });
  await target.wait(1_000);
  const whole = async (): Promise<number> => (await upload(target, target.victim, 'note')).status;
  await tryAll(target, [{ what: 'an upload beside slow ones', expected: 201, act: whole }]);
  isOpen.value = false;
  await dripping;
  const left = async (): Promise<number> => namesIn(target, 'unfinished').length;
  // Those that stay are counted below.
  await until(async () => (await left()) === 0, 'unfinished files to go').catch(() => {});
  await tryAll(target, [{ what: 'unfinished files', expected: 0, act: left }]);
}

/** Unfinished uploads that a user may leave. */
const UNFINISHED_MAX = 10;

/** Thousands of uploads that are begun, and get a few bytes or none. */
async function begin(target: Target): Promise<void> {
  const ask = (by: Attacker, method: string, path: string, more: object, body?: string) => {
    const always = { authorization: `Bearer ${by.token}`, 'x-parley-upload': '1' };
    const headers = { ...always, 'tus-resumable': '1.0.0', ...more };
    return fetch(target.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  };
  const create = (by: Attacker): Promise<Response> =>
    ask(by, 'POST', '/api/upload/resumable', { 'upload-length': '20000000' });
  await target.each(30, async (index) => {
    const attacker = target.attacker(index);
    for (let count = 0; count < 100 && !target.isOver; count += 1) {
      const begun = await create(attacker);
      target.expect([201, 429, 503].includes(begun.status), `a beginning got ${begun.status}`);
      const path = begun.headers.get('location');
      if (path === null || count % 3 > 0) continue;
      const head = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
      const { status } = await ask(attacker, 'PATCH', path, head, 'a few bytes');
      // Another one has taken its place, or too many are written.
      target.expect([204, 404, 429].includes(status), `a few bytes got ${status}`);
    }
  });
  // Two files for each.
  const most = 2 * UNFINISHED_MAX * target.attackers.length;
  const left = namesIn(target, 'partial').length;
  target.expect(left <= most, `${left} files of unfinished uploads`);
  const { status } = await create(target.victim);
  target.expect(status === 201, `the beginning of another user got ${status}`);
}

export const FILE_ATTACKS: readonly Attack[] = [
  {
    name: 'picture-bombs',
    about:
      'Small PNG, GIF and WebP files with billions of pixels, and the largest that are decoded',
    threat: READERS,
    durationMs: 30_000,
    run: sendBombs,
  },
  {
    name: 'disguised-files',
    about: 'Pictures that are scripts and pages, too, and SVG with scripts',
    threat: READERS,
    durationMs: 15_000,
    run: disguise,
  },
  {
    name: 'file-names',
    about: 'Names of files that lead to other folders, or into headers',
    threat: READERS,
    durationMs: 15_000,
    run: misname,
  },
  {
    name: 'broken-uploads',
    about: 'Bodies of wrong lengths, without an end, and with countless parts',
    threat: FULL,
    run: misframe,
  },
  {
    name: 'slow-uploads',
    about: 'A byte every 100 ms on 120 connections',
    threat: FULL,
    durationMs: 40_000,
    run: dawdle,
  },
  {
    name: 'begun-uploads',
    about: 'Thousands of resumable uploads that are begun, and get a few bytes or none',
    threat: FULL,
    durationMs: 30_000,
    run: begin,
  },
];
