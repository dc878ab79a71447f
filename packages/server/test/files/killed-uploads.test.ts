/** A server that is killed while it receives files has every file that it has acknowledged. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { Account } from '../support/account.ts';
import { endAll, started } from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

afterEach(endAll);

/** More than one write, and not a picture. */
const BYTES = 300_000;

test('a kill in the middle of uploads loses nothing that was acknowledged', async () => {
  const DATA_DIR = temporaryDirectory();
  const acknowledged = new Map<string, Buffer>();
  for (const count of [1, 4]) {
    const { child, url } = await started({ DATA_DIR });
    const alice = await Account.signUp(url, 'alice');
    const before = acknowledged.size;
    let isOver = false;
    const upload = async (): Promise<void> => {
      while (!isOver) {
        const bytes = randomBytes(BYTES);
        const body = new FormData();
        body.append('file', new Blob([bytes]), 'random');
        const headers = { cookie: alice.cookie, 'x-parley-upload': '1' };
        const answer = await fetch(`${url}/api/upload`, { method: 'POST', headers, body });
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

  const { url } = await started({ DATA_DIR });
  const alice = await Account.logIn(url, 'alice');
  for (const [id, bytes] of acknowledged) {
    const answer = await fetch(`${url}/api/files/${id}`, { headers: { cookie: alice.cookie } });
    assert.equal(answer.status, 200);
    assert.ok(bytes.equals(Buffer.from(await answer.arrayBuffer())));
  }
});
