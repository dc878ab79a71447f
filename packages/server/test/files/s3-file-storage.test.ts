/** Files in an S3-compatible store that verifies signatures. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { s3FileStorage } from '../../src/files/s3-file-storage.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { testFileStorage } from '../contracts/file-storage.ts';
import { findFreePort } from '../support/free-port.ts';
import { TestServer } from '../support/running-server.ts';
import { S3Server, s3Skip } from '../support/s3-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { DEADLINE_MS } from '../support/wait.ts';

describe('S3', { skip: s3Skip() }, () => {
  let s3: S3Server;
  before(async () => {
    s3 = await S3Server.start();
  });
  after(() => s3.close());

  const open = (url = s3.url, directory = temporaryDirectory()) =>
    s3FileStorage({
      ...{ url, directory, reserveBytes: 0 },
      ...{ onPicturesMissing: () => {}, onUnavailable: () => {}, mediaMs: DEADLINE_MS },
    });

  testFileStorage('S3', () => open());

  test('nodes share the files and no folder, and leave none of them on their disks', async () => {
    const folders = [temporaryDirectory(), temporaryDirectory()] as const;
    const servers = await Promise.all(
      folders.map((DATA_DIR) => TestServer.start({ DATA_DIR, FILES_URL: s3.url })),
    );
    const [server] = servers;
    assert.ok(server);
    const alice = await server.signUp('alice');
    const bytes = randomBytes(200_000);
    const authorization = `Bearer ${alice.token}`;

    const sent = await alice.sendFile('POST', '/api/upload', bytes);

    assert.equal(sent.status, 201, await sent.clone().text());
    const { url, fileId } = (await sent.json()) as { url: string; fileId: string };
    const part = await fetch(server.url + url, {
      headers: { authorization, range: 'bytes=100000-100009' },
    });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), 'bytes 100000-100009/200000');
    assert.equal(part.headers.get('content-security-policy'), "sandbox; default-src 'none'");
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100_000, 100_010)));
    assert.deepEqual(readdirSync(join(folders[0], 'files/unfinished')), []);
    const elsewhere = await (await open()).open(fileId, 'content');
    assert.equal(elsewhere?.size, 200_000);
    await Promise.all(servers.map((each) => each.close()));
  });

  test('is reported as unavailable while it is down, or refuses the keys', async () => {
    const down = await open(`s3://files?endpoint=http://127.0.0.1:${await findFreePort()}`);
    const id = randomUUID();
    await down.receive(id, bodyOf('hello'), { bytesMax: 10, use: 'attachment' });
    await assert.rejects(down.keep(id), StoreUnavailable);
    await assert.rejects(down.open(id, 'content'), StoreUnavailable);
    await assert.rejects(down.delete(id), StoreUnavailable);

    const FILES_URL = `s3://files?endpoint=http://127.0.0.1:${await findFreePort()}`;
    const server = await TestServer.start({ FILES_URL });
    const carol = await server.signUp('carol');
    const answer = await carol.sendFile('POST', '/api/upload', Buffer.of(1));
    const { error } = (await answer.json()) as { error: { code: string } };
    assert.deepEqual([answer.status, error.code], [503, 'UNAVAILABLE']);
    await server.close();

    const { AWS_SECRET_ACCESS_KEY: secret } = process.env;
    process.env['AWS_SECRET_ACCESS_KEY'] = 'another secret';
    const refused = await open();
    await assert.rejects(refused.open(id, 'content'), StoreUnavailable);
    process.env['AWS_SECRET_ACCESS_KEY'] = secret;
  });
});

async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
