/** Large files whose connection is lost, or whose page is loaded again, in the middle: the upload goes on. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { choose, fileOf, filesReady, send, tray } from './file-steps.ts';
import { Pair } from './pair.ts';
import { MOUSE, type Person } from './person.ts';

const BYTES = 16_000_000;
const PART = 3_000_000;
/** Bytes per second of the throttled browser. */
const UPLOAD_SPEED = 2_000_000;

describe('large files on a bad connection', { skip: browserSkip() }, () => {
  const directory = temporaryDirectory();
  let pair: Pair;
  let alice: Person;
  let bob: Person;
  let offsets: number[] = [];

  before(async () => {
    const options = { serviceWorkers: 'allow' } as const;
    pair = await Pair.openKillable(MOUSE, options, directory);
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await person.join('tunnel');
    await filesReady(alice);
    await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await alice.page.waitForFunction(async () => (await caches.match('/app/')) !== undefined);
    alice.page.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
    });
  });
  after(() => pair?.close());

  /** Bytes of uploads that are not complete. */
  const received = (): number => {
    try {
      const partial = join(directory, 'files', 'partial');
      return readdirSync(partial, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.includes('.'))
        .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
    } catch {
      return 0;
    }
  };
  const throttle = async (uploadThroughput: number): Promise<void> => {
    const session = await alice.page.context().newCDPSession(alice.page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      ...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput },
    });
    await session.detach();
  };
  const read = (name: string): Promise<Buffer> =>
    bob.page
      .getByRole('link', { name: `Download ${name}` })
      .evaluate(async (link) => {
        const { href } = link as HTMLAnchorElement;
        const bytes = new Uint8Array(await (await fetch(href)).arrayBuffer());
        const digest = await crypto.subtle.digest('SHA-256', bytes);
        return [...new Uint8Array(digest)];
      })
      .then((digest) => Buffer.from(digest));
  const digestOf = async (bytes: Buffer): Promise<Buffer> =>
    Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));

  test('go on when the server is back, without what has arrived', async () => {
    const bytes = randomBytes(BYTES);
    await throttle(UPLOAD_SPEED);
    await choose(alice, fileOf('long.bin', bytes));
    await until(() => received() > PART, 'a part of the file');
    await pair.killServer();
    const kept = received();
    await throttle(-1);
    await pair.restartServer();
    await tray(alice).getByText('16 MB', { exact: true }).waitFor();
    await send(alice);

    await bob.page.getByRole('link', { name: 'Download long.bin' }).waitFor();
    assert.deepEqual(await read('long.bin'), await digestOf(bytes));
    assert.deepEqual(offsets, [0, kept]);
  });

  test('go on after a reload, from the message that waits for them', async () => {
    const bytes = randomBytes(BYTES);
    offsets = [];
    await pair.killServer();
    await alice.page.getByRole('timer').first().waitFor();
    await choose(alice, fileOf('later.bin', bytes));
    await tray(alice)
      .getByText(/uploaded when you are back online$/)
      .waitFor();
    await send(alice);
    await throttle(UPLOAD_SPEED);
    await pair.restartServer();
    await until(() => received() > PART, 'a part of the file');

    await alice.page.reload();

    await bob.page.getByRole('link', { name: 'Download later.bin' }).waitFor();
    assert.deepEqual(await read('later.bin'), await digestOf(bytes));
    assert.equal(offsets[0], 0);
    assert.ok((offsets[1] ?? 0) > PART, `${offsets}`);
  });
});
