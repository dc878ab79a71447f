/** Pictures are decoded by processes that know no secrets, and whose end costs one picture. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { Pictures } from '../../src/files/pictures.ts';
import type { Decoding } from '../../src/ports/file-storage.ts';
import { movingPngOf } from '../support/placed-files.ts';
import { pngOf } from '../support/png.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';
import { webpBombOf } from '../support/webp-bomb.ts';

const ODD = new URL('../support/odd-picture-program.ts', import.meta.url);
const directory = temporaryDirectory();
let count = 0;

function fileOf(bytes: string | Buffer): string {
  count += 1;
  const path = join(directory, `${count}`);
  writeFileSync(path, bytes);
  return path;
}

function open(context: { after(close: () => void): void }, program?: URL) {
  const pictures = new Pictures({ onMissing: () => {}, program });
  context.after(() => pictures.close());
  return async (bytes: string | Buffer, type: string, decoding?: Partial<Decoding>) => {
    const source = fileOf(bytes);
    const content = `${source}.content`;
    const whole = { by: 'user', signal: undefined, onSpent: () => {}, ...decoding };
    const to = { content, thumbnail: `${source}.thumbnail`, use: 'attachment', decoding: whole };
    const result = await pictures.rewrite(source, type, { ...to, use: 'attachment' });
    return { content, result };
  };
}

test('the process of a picture has no secrets, and one that ends costs one picture', async (t) => {
  process.env['PARLEY_TEST_SECRET'] = 'hunter2';
  const rewrite = open(t, ODD);
  const look = async (): Promise<{ readonly pid: number; readonly env: object }> => {
    const { content } = await rewrite('fine', 'image/png');
    return JSON.parse(readFileSync(content, 'utf8'));
  };
  const { pid, env } = await look();
  assert.notEqual(pid, process.pid);
  assert.ok(!JSON.stringify(env).includes('hunter2'));
  assert.equal((await look()).pid, pid);

  const spent: number[] = [];
  const crashed = await rewrite('crash', 'image/png', { onSpent: (ms) => spent.push(ms) });
  assert.deepEqual([crashed.result, spent.length], ['over', 1]);
  const next = await look();
  assert.notEqual(next.pid, pid);

  const client = new AbortController();
  const hanging = rewrite('hang', 'image/png', { by: 'other', signal: client.signal });
  const waiting = look();
  client.abort(new Error('gone'));
  await assert.rejects(hanging, /gone/);
  assert.notEqual((await waiting).pid, next.pid);
});

test('the process ends with the server, also if that is killed', async () => {
  const program = fileURLToPath(new URL('../support/picture-server.ts', import.meta.url));
  const server = fork(program, [temporaryDirectory()]);
  const [pid] = (await once(server, 'message')) as [number];
  server.kill('SIGKILL');
  const isRunning = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await until(() => !isRunning(), 'the process of the pictures ends');
});

test('a small picture does not wait behind those that take long', async (t) => {
  const rewrite = open(t);
  const leaving = new AbortController();
  const order: string[] = [];
  const note = (name: string) => (value: unknown) => {
    order.push(name);
    return value;
  };
  const bombs = Array.from({ length: 4 }, (_, index) =>
    rewrite(webpBombOf(7000), 'image/webp', { by: `user-${index % 2}`, signal: leaving.signal })
      .catch(() => undefined)
      .then(note('bomb')),
  );
  const small = await rewrite(pngOf(1, 1), 'image/png', { by: 'honest' }).then((done) => {
    note('small')(done);
    return done;
  });
  leaving.abort(new Error('gone'));
  await Promise.all(bombs);
  assert.deepEqual(small.result, {
    ...{ type: 'image/png', width: 1, height: 1, hasThumbnail: false },
    blurHash: (small.result as { readonly blurHash: string }).blurHash,
  });
  assert.equal(order[0], 'small');
});

test('pictures beyond the limits are refused, and photos of phones are halved', async (t) => {
  const rewrite = open(t);
  assert.equal((await rewrite(webpBombOf(16_000), 'image/webp')).result, 'over');
  assert.equal((await rewrite(pngOf(30, 30).subarray(0, 60), 'image/png')).result, undefined);
  assert.equal((await rewrite(pngOf(30, 30), 'image/gif')).result, undefined);
  const blank = { width: 8192, height: 6144, channels: 3, background: '#888' } as const;
  const photo = await sharp({ create: blank })
    .jpeg()
    .withExif({ IFD0: { Make: 'Phone' } });
  const turned = photo.withMetadata({ orientation: 6 });
  const { content, result } = await rewrite(await turned.toBuffer(), 'image/jpeg');
  const { type, width, height, hasThumbnail } = result as Exclude<typeof result, string> & object;
  assert.deepEqual([type, width, height, hasThumbnail], ['image/jpeg', 3072, 4096, true]);
  assert.equal((await sharp(content).metadata()).exif, undefined);
});

test('WebP turns upright, with its frames and their times', async (t) => {
  const rewrite = open(t);
  const create = { width: 40, height: 20, channels: 3 as const };
  const colours = ['#f00', '#0f0', '#00f'];
  const still = await sharp({ create: { ...create, background: '#f00' } })
    .webp()
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const frames = await Promise.all(
    colours.map((background) =>
      sharp({ create: { ...create, background } })
        .png()
        .toBuffer(),
    ),
  );
  const moving = await sharp(frames, { join: { animated: true } })
    .webp({ delay: [100, 200, 300], loop: 2 })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  for (const [bytes, pages] of [
    [still, undefined],
    [moving, 3],
  ] as const) {
    assert.equal((await sharp(bytes).metadata()).orientation, 6);
    const { content, result } = await rewrite(bytes, 'image/webp');
    const { type, width, height } = result as Exclude<typeof result, string> & object;
    assert.deepEqual([type, width, height], ['image/webp', 20, 40]);
    const found = await sharp(content, { animated: true }).metadata();
    assert.deepEqual([found.orientation, found.pages, found.exif], [undefined, pages, undefined]);
    if (pages === 3) assert.deepEqual([found.delay, found.loop], [[100, 200, 300], 2]);
  }
});

test('a moving picture is shown itself, since thumbnails stand still', async (t) => {
  const rewrite = open(t);
  const size = { width: 900, height: 600, channels: 3 as const };
  const frames = await Promise.all(
    ['#f00', '#0f0'].map((background) =>
      sharp({ create: { ...size, background } })
        .png()
        .toBuffer(),
    ),
  );
  const gif = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  for (const [bytes, type] of [
    [gif, 'image/gif'],
    [movingPngOf(900, 600, 3), 'image/png'],
  ] as const) {
    const { result } = await rewrite(bytes, type);
    const { width, height, hasThumbnail } = result as Exclude<typeof result, string> & object;
    assert.deepEqual([width, height, hasThumbnail], [900, 600, false]);
  }
});
