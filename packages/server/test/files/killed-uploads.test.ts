/** A server that is killed while it receives files has every file that it has acknowledged. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { Account } from '../support/account.ts';
import { endAll, started } from '../support/parley-command.ts';
import { ResumableUpload, type ResumedFile } from '../support/resumable-upload.ts';
import { S3Server, s3Skip } from '../support/s3-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

afterEach(endAll);

/** More than one write, and not a picture. */
const BYTES = 300_000;

test('a kill in the middle of uploads loses nothing that was acknowledged', () =>
  killInUploads({ DATA_DIR: temporaryDirectory() }));

test('nor with a bucket in place of the folder', { skip: s3Skip() }, async () => {
  const s3 = await S3Server.start();
  await killInUploads({ DATA_DIR: temporaryDirectory(), ...s3.settings });
  await s3.close();
});

test('a resumable upload goes on after a kill, where it was', () =>
  killInResumable({ DATA_DIR: temporaryDirectory() }));

test('and with a bucket in place of the folder', { skip: s3Skip() }, async () => {
  const s3 = await S3Server.start();
  await killInResumable({ DATA_DIR: temporaryDirectory(), ...s3.settings });
  await s3.close();
});

/** The server is killed in the middle of a request that sends all bytes, and once between two. */
async function killInResumable(settings: Readonly<Record<string, string>>): Promise<void> {
  const bytes = randomBytes(BYTES);
  const half = BYTES / 2;
  const kill = async ({ child }: Awaited<ReturnType<typeof started>>): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  const first = await started(settings);
  const cookies = await Account.signUp(first.url, 'alice');
  const path = await new ResumableUpload(first.url, cookies).begin(BYTES);
  const hanging = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes.subarray(0, half)),
  });
  const cut = new ResumableUpload(first.url, cookies).send(path, 0, hanging).catch(() => 'cut');
  const partial = join(settings['DATA_DIR'] ?? '', 'files', 'partial');
  const written = (): number =>
    readdirSync(partial, { recursive: true })
      .map(String)
      .filter((name) => path.endsWith(name.split('/').at(-1) ?? ''))
      .reduce((sum, name) => sum + statSync(join(partial, name)).size, 0);
  await until(() => written() === half, 'half of the bytes');
  await kill(first);
  assert.equal(await cut, 'cut');

  const second = await started(settings);
  const again = new ResumableUpload(second.url, cookies);
  assert.equal(await again.offset(path), half);
  await again.send(path, half, bytes.subarray(half, half + 10));
  await kill(second);
  const { url } = await started(settings);
  const last = new ResumableUpload(url, cookies);
  assert.equal(await last.offset(path), half + 10);
  const answer = await last.send(path, half + 10, bytes.subarray(half + 10));
  const { url: place } = (await answer.json()) as ResumedFile;
  const read = await fetch(url + place, { headers: { cookie: cookies.cookie } });
  assert.ok(bytes.equals(Buffer.from(await read.arrayBuffer())));
}

async function killInUploads(settings: Readonly<Record<string, string>>): Promise<void> {
  const acknowledged = new Map<string, Buffer>();
  for (const count of [1, 4]) {
    const { child, url } = await started(settings);
    const alice = await Account.signUp(url, 'alice');
    const before = acknowledged.size;
    let isOver = false;
    const upload = async (): Promise<void> => {
      while (!isOver) {
        const bytes = randomBytes(BYTES);
        const answer = await alice.sendFile('POST', '/api/upload', bytes);
        const { fileId } = (await answer.json()) as { readonly fileId?: string };
        if (fileId !== undefined) acknowledged.set(fileId, bytes);
      }
    };
    const uploading = [upload(), upload()].map((each) => each.catch(() => {}));
    await until(() => acknowledged.size >= before + count, 'files to be acknowledged');
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    isOver = true;
    await Promise.all(uploading);
  }

  const { url } = await started(settings);
  const alice = await Account.logIn(url, 'alice');
  for (const [id, bytes] of acknowledged) {
    const answer = await fetch(`${url}/api/files/${id}`, { headers: { cookie: alice.cookie } });
    assert.equal(answer.status, 200);
    assert.ok(bytes.equals(Buffer.from(await answer.arrayBuffer())));
  }
}
