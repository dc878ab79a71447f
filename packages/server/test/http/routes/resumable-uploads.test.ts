/** Uploads that go on where they broke off, of one user, within the limits of other uploads. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { filesOnDisk } from '../../support/files-on-disk.ts';
import { pngOf } from '../../support/png.ts';
import { ResumableUpload, type ResumedFile } from '../../support/resumable-upload.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

const MAX = 300_000;

describe('resumable uploads', () => {
  const directory = temporaryDirectory();
  let server: TestServer;
  let people = 0;
  before(async () => {
    server = await TestServer.start({
      DATA_DIR: directory,
      FILE_BYTES_MAX: `${MAX}`,
      FILES_BYTES_MAX: '1500000',
      // One user may fill them.
      USER_FILES_PERCENT: '0',
      UPLOAD_IDLE_MS: '400',
    });
  });
  after(() => server.close());

  const clientOf = async () => {
    people += 1;
    const account = await server.signUp(`tus-user-${people}`);
    return { account, tus: new ResumableUpload(server.url, account) };
  };
  const codeOf = async (answer: Response) => {
    const { error } = (await answer.json()) as { error: { code: string } };
    return [answer.status, error.code];
  };
  const onDisk = (): string[] => filesOnDisk(directory).map((path) => basename(path));

  /** Of an upload that is not complete. */
  const bytesOf = (path: string): number => {
    const partial = join(directory, 'files', 'partial');
    const names = readdirSync(partial, { recursive: true }).map(String);
    const name = names.find((each) => each.endsWith(path.split('/').at(-1) ?? ''));
    return name === undefined ? 0 : statSync(join(partial, name)).size;
  };

  test('arrive in pieces, and are files as all others', async () => {
    const { account, tus } = await clientOf();
    const bytes = randomBytes(200_000);
    const created = await tus.create(bytes.length, '../Grüße.txt');
    const path = created.headers.get('location') ?? '';

    assert.equal(created.headers.get('tus-resumable'), '1.0.0');
    const expiresMs = Date.parse(created.headers.get('upload-expires') ?? '') - Date.now();
    assert.ok(Math.abs(expiresMs - 24 * 60 * 60 * 1000) < 120_000);
    const first = await tus.send(path, 0, bytes.subarray(0, 70_000));
    assert.deepEqual([first.status, first.headers.get('upload-offset')], [204, '70000']);
    assert.equal(await tus.offset(path), 70_000);
    const last = await tus.send(path, 70_000, bytes.subarray(70_000));

    assert.equal(last.status, 200);
    assert.equal(last.headers.get('upload-offset'), `${bytes.length}`);
    const { fileId, url, file } = (await last.json()) as ResumedFile;
    const type = 'application/octet-stream';
    assert.deepEqual(file, { id: fileId, name: 'Grüße.txt', type, size: bytes.length });
    const read = await account.call('GET', url);
    assert.ok(bytes.equals(Buffer.from(await read.arrayBuffer())));
    // A client that has lost the answer asks again.
    assert.equal(await tus.offset(path), bytes.length);
    const again = (await (await tus.send(path, bytes.length, '')).json()) as ResumedFile;
    assert.equal(again.fileId, fileId);
    assert.equal((await tus.ask('DELETE', path)).status, 204);
    assert.equal((await account.call('GET', url)).status, 200);
  });

  test('that are pictures are written again, and empty ones are complete at once', async () => {
    const { account, tus } = await clientOf();
    const picture = pngOf(30, 20, 'a secret place');
    const path = await tus.begin(picture.length, 'a.txt');

    const { url, file } = (await (await tus.send(path, 0, picture)).json()) as ResumedFile;
    assert.equal(file.type, 'image/png');
    const shown = Buffer.from(await (await account.call('GET', url)).arrayBuffer());
    assert.equal(shown.includes('secret'), false);
    const empty = await tus.create(0);
    assert.equal(empty.status, 201);
    assert.equal(((await empty.json()) as ResumedFile).file.size, 0);
  });

  test('go on at their offset only, and never beyond their end', async () => {
    const { tus } = await clientOf();
    const path = await tus.begin(10);
    assert.equal((await tus.send(path, 0, 'abcd')).status, 204);

    for (const offset of [0, 3, 5, 10]) {
      const refused = await codeOf(await tus.send(path, offset, 'efghij'));
      assert.deepEqual(refused, [409, 'CONFLICT']);
    }
    assert.equal((await tus.send(path, 4, 'efghijk')).status, 413);
    assert.equal(await tus.offset(path), 4);
    assert.equal((await tus.send(path, 4, 'efghij')).status, 200);
  });

  test('that break off keep what has come, and their next request ends the former', async () => {
    const { tus } = await clientOf();
    const path = await tus.begin(12);
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    const hanging = new ReadableStream<Uint8Array>({
      start: (each) => {
        controller = each;
        each.enqueue(Buffer.from('abcd'));
      },
    });
    const former = tus.send(path, 0, hanging);
    // A question for the offset would end it.
    await until(() => bytesOf(path) === 4, 'the first bytes');
    assert.equal(await tus.offset(path), 4);
    const answer = await tus.send(path, 4, 'efghijkl');

    assert.equal(answer.status, 200);
    controller?.close();
    await former.catch(() => {});
    // A request that sends nothing ends by itself.
    const slow = await tus.begin(12);
    const silent = new ReadableStream<Uint8Array>({
      start: (each) => each.enqueue(Buffer.from('ab')),
    });
    assert.deepEqual(await codeOf(await tus.send(slow, 0, silent)), [400, 'VALIDATION_ERROR']);
    assert.equal(await tus.offset(slow), 2);
  });

  test('are there for their user only', async () => {
    const { tus: alice } = await clientOf();
    const { tus: mallory } = await clientOf();
    const path = await alice.begin(10);
    await alice.send(path, 0, 'abcd');

    assert.equal((await mallory.ask('HEAD', path)).status, 404);
    assert.deepEqual(await codeOf(await mallory.send(path, 4, 'efghij')), [404, 'NOT_FOUND']);
    assert.deepEqual(await codeOf(await mallory.ask('DELETE', path)), [404, 'NOT_FOUND']);
    const nobody = new ResumableUpload(server.url, { cookie: '' });
    for (const method of ['HEAD', 'DELETE']) {
      assert.equal((await nobody.ask(method, path)).status, 401);
    }
    assert.equal((await nobody.create(3)).status, 401);
    assert.equal((await nobody.send(path, 4, 'efghij')).status, 401);
    assert.equal(await alice.offset(path), 4);
    assert.equal((await alice.ask('DELETE', path)).status, 204);
    assert.equal((await alice.ask('HEAD', path)).status, 404);
  });

  test('are refused without their headers, and for names of other files', async () => {
    const { tus } = await clientOf();
    const path = await tus.begin(10);
    const bytes = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
    const root = '/api/upload/resumable';
    const length = { 'upload-length': '3' };
    const refused: [string, string, Record<string, string>, number][] = [
      ['POST', root, {}, 400],
      ['POST', root, { 'upload-length': '-1' }, 400],
      ['POST', root, { 'upload-length': '1e3' }, 400],
      ['POST', root, { 'upload-length': `${MAX + 1}` }, 413],
      ['POST', root, { ...length, 'x-parley-upload': '0' }, 403],
      ['POST', root, { ...length, 'tus-resumable': '0.2.2' }, 412],
      ['POST', root, { ...length, 'content-type': bytes['content-type'] }, 400],
      ['PATCH', path, { ...bytes, 'upload-offset': 'x' }, 400],
      ['PATCH', path, { ...bytes, 'x-parley-upload': '0' }, 403],
      ['PATCH', path, { ...bytes, 'tus-resumable': '2.0.0' }, 412],
      ['PATCH', path, { ...bytes, 'content-type': 'text/plain' }, 400],
      ['DELETE', path, { 'x-parley-upload': '0' }, 403],
      ['HEAD', path, { 'tus-resumable': '' }, 412],
      ['PATCH', `${root}/${encodeURIComponent('../../parley.db')}`, bytes, 404],
      ['HEAD', `${root}/..%2f..%2fparley.db`, {}, 404],
    ];
    for (const [method, target, headers, status] of refused) {
      const answer = await tus.ask(method, target, headers, method === 'PATCH' ? 'abc' : undefined);
      assert.equal(answer.status, status, `${method} ${target} ${JSON.stringify(headers)}`);
    }
    const about = await fetch(server.url + root, { method: 'OPTIONS' });
    assert.equal(about.status, 204);
    assert.equal(about.headers.get('tus-extension'), 'creation,termination,expiration');
    assert.equal(about.headers.get('tus-max-size'), `${MAX}`);
    assert.match(about.headers.get('access-control-allow-headers') ?? '', /Upload-Offset/);
  });

  test('are kept up to ten for each user, and leave the others of the server alone', async () => {
    const { tus: alice } = await clientOf();
    const { tus: bob } = await clientOf();
    const kept = await bob.begin(10);
    const begun: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      const path = await alice.begin(10);
      await alice.send(path, 0, 'abc');
      begun.push(path);
    }

    const offsets = await Promise.all(begun.map((path) => alice.offset(path)));
    assert.equal(offsets.filter((offset) => offset === 3).length, 10);
    assert.equal(offsets.at(-1), 3);
    assert.equal(await bob.offset(kept), 0);
  });

  test('end where there is no space for all files', async () => {
    const { tus } = await clientOf();
    for (let count = 0; count < 20; count += 1) {
      const created = await tus.create(MAX);
      if (created.status !== 201) {
        assert.deepEqual(await codeOf(created), [503, 'UNAVAILABLE']);
        break;
      }
      const path = created.headers.get('location') ?? '';
      assert.equal((await tus.send(path, 0, Buffer.alloc(MAX))).status, 200);
      assert.ok(count < 6);
    }
    for (const name of onDisk()) assert.match(name, /^[0-9a-f-]{36}(\.json)?$/);
  });
});

test('a user begins as many uploads as changes are allowed, and fills no more than a day', async (t) => {
  const server = await TestServer.start({
    USER_CHANGE_RATE_MAX: '4',
    MESSAGE_RATE_MAX: '1000',
    MESSAGE_RATE_WINDOW_MS: '3600000',
    USER_FILE_BYTES_PER_DAY: '1000',
  });
  t.after(() => server.close());
  const tus = new ResumableUpload(server.url, await server.signUp('alice'));
  const path = await tus.begin(1000);
  assert.equal((await tus.send(path, 0, Buffer.alloc(1000))).status, 200);

  assert.equal((await tus.create(10)).status, 429);
  assert.equal((await tus.create(10)).status, 429);
  assert.equal((await tus.ask('DELETE', path)).status, 429);
});
