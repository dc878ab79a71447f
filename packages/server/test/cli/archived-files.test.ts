/** Backups and archives with the files of users. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { rightsOf } from '../support/file-mode.ts';
import { run } from '../support/parley-command.ts';
import { pngOf } from '../support/png.ts';
import { TestServer } from '../support/running-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Uploaded {
  readonly fileId: string;
  readonly url: string;
}

const TEXT = randomBytes(100_000);

/** Starts a server, and reads what Alice has of both files and of the smaller picture. */
async function readIn(directory: string, paths: readonly string[]): Promise<Buffer[]> {
  const server = await TestServer.start({ DATA_DIR: directory });
  const alice = await server.login('alice');
  const read = paths.map(async (path) => {
    const answer = await fetch(server.url + path, {
      headers: { authorization: `Bearer ${alice.token}` },
    });
    return Buffer.from(await answer.arrayBuffer());
  });
  return Promise.all(read).finally(() => server.close());
}

/** The bytes of kept files, by the names of their paths. */
function filesIn(directory: string): ReadonlyMap<string, Buffer> {
  const folder = join(directory, 'files');
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const kept = names.filter((each) => each.isFile() && !each.parentPath.includes('unfinished'));
  return new Map(kept.map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name))]));
}

describe('the files of users', () => {
  const DATA_DIR = temporaryDirectory();
  let paths: readonly string[];
  let contents: readonly Buffer[];
  before(async () => {
    const server = await TestServer.start({ DATA_DIR });
    const alice = await server.signUp('alice');
    const socket = await alice.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
    const upload = async (content: Buffer): Promise<Uploaded> => {
      const answer = await alice.sendFile('POST', '/api/upload', content);
      return (await answer.json()) as Uploaded;
    };
    const [text, picture] = [await upload(TEXT), await upload(pngOf(1600, 800))];
    const attachments = [{ fileId: text.fileId }, { fileId: picture.fileId }];
    await socket.sendMessage({ roomId, content: 'two files', attachments });
    socket.close();
    await server.close();
    paths = [text.url, picture.url, `${picture.url}/thumbnail`];
    contents = await readIn(DATA_DIR, paths);
    assert.ok(contents[0]?.equals(TEXT));
  });
  for (const [out, into] of [
    ['backup', 'restore'],
    ['export', 'import'],
  ] as const) {
    test(`are taken along by parley ${out} and ${into}`, async () => {
      const file = join(temporaryDirectory(), 'copy');
      const target = { DATA_DIR: join(temporaryDirectory(), 'data') };

      const written = await run([out, file], { DATA_DIR });
      const read = await run([into, file], target);

      assert.match(written.stdout + written.stderr, /2 files in .*copy\.files/);
      assert.match(read.stdout + read.stderr, /2 files from .*copy\.files/);
      assert.equal(rightsOf(`${file}.files`), '700');
      assert.deepEqual(await readIn(target.DATA_DIR, paths), contents);
    });

    test(`are copied on by parley ${out} and ${into} after an interruption`, async () => {
      const file = join(temporaryDirectory(), 'copy');
      const folder = `${file}.files`;
      const target = { DATA_DIR: join(temporaryDirectory(), 'data') };
      await run([out, file], { DATA_DIR });
      const [first = ''] = readdirSync(folder).filter((name) => !name.includes('.'));
      // As a process leaves them that was killed while it wrote this one.
      rmSync(file);
      rmSync(join(folder, first));
      writeFileSync(join(folder, `${first}.part`), 'a beginning');
      const unfinished = join(target.DATA_DIR, 'files', 'unfinished');
      mkdirSync(unfinished, { recursive: true });
      writeFileSync(join(unfinished, first), 'a beginning');

      assert.equal((await run([out, file], { DATA_DIR })).code, 0);
      assert.equal((await run([into, file], target)).code, 0);

      assert.deepEqual(filesIn(target.DATA_DIR), filesIn(DATA_DIR));
    });

    test(`are left out by parley ${out} if the command says so`, async () => {
      const file = join(temporaryDirectory(), 'copy');

      const { code } = await run([out, '--without-files', file], { DATA_DIR });

      assert.equal(code, 0);
      assert.ok(!existsSync(`${file}.files`));
    });
  }
});
