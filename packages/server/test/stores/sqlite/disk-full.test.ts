import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { command, withLobby } from '../../support/records.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const directory = temporaryDirectory();
const MESSAGES_MAX = 5000;

/** A file system of 3 MiB; why there is none, where the user may not mount one. */
function mountSmall(): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', directory], {
      stdio: 'ignore',
    });
    return undefined;
  } catch {
    return 'needs the right to mount a small file system';
  }
}

const obstacle = mountSmall();

describe('sqlite store on a full disk', { skip: obstacle ?? false }, () => {
  test('says that it cannot store, loses nothing, and goes on by itself when there is room', async () => {
    const ballast = join(directory, 'ballast');
    try {
      const store = await openTestStore(directory);
      const { alice, lobby } = await withLobby(store);
      // One that was made before must not make the next one cheaper.
      await store.log.probe();
      writeFileSync(ballast, Buffer.alloc(1024 * 1024));
      const send = () =>
        store.log.commit([
          command({ roomId: lobby.id, userId: alice.id, content: 'x'.repeat(1000) }),
        ]);
      let stored = 0;
      const fill = async (): Promise<void> => {
        for (; stored < MESSAGES_MAX; stored += 1) await send();
      };

      await assert.rejects(fill, { name: 'StoreUnavailable' });
      await assert.rejects(send, { name: 'StoreUnavailable' });
      const ahead: Promise<unknown>[] = [];
      const large = command({ roomId: lobby.id, userId: alice.id, content: 'x'.repeat(4000) });
      await assert.rejects(
        store.log.commit([large], () => ahead.push(send())),
        { name: 'StoreUnavailable' },
      );
      for (const one of ahead) await assert.rejects(one, { name: 'NotBegun' });
      assert.equal(ahead.length, 1);
      await assert.rejects(store.log.probe(), { name: 'StoreUnavailable' });
      rmSync(ballast);
      await store.log.probe();
      const [outcome] = await send();

      assert(outcome?.kind === 'stored');
      assert.equal(outcome.event.sequence, stored + 1);
      const page = { roomId: lobby.id, before: undefined, after: undefined, limit: MESSAGES_MAX };
      assert.equal((await store.log.readHistory(page)).messages.length, stored + 1);
      await store.close();
    } finally {
      // Also where it failed, and the files are open still.
      execFileSync('umount', ['-l', directory]);
    }
  });
});
