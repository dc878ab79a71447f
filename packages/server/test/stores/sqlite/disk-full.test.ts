import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openSqliteSource } from '../../../src/stores/sqlite/archive.ts';
import { backUp, restore } from '../../../src/stores/sqlite/backup.ts';
import { fill as fillStore } from '../../support/archived-store.ts';
import { command, withLobby } from '../../support/records.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const MESSAGES_MAX = 5000;

/** Runs `work` with a file system of this size in MiB. */
async function onSmallDisk(
  mebibytes: number,
  work: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory], {
    stdio: 'ignore',
  });
  try {
    await work(directory);
  } finally {
    // Even if the work failed and files are still open.
    execFileSync('umount', ['-l', directory]);
  }
}

/** Reason why there is none, if the user may not mount one. */
const obstacle = await onSmallDisk(1, async () => {}).then(
  () => undefined,
  () => 'needs the right to mount a small file system',
);

describe('sqlite store on a full disk', { skip: obstacle ?? false }, () => {
  test('reports that it cannot store, loses nothing, and recovers when there is space', () =>
    onSmallDisk(3, async (directory) => {
      const ballast = join(directory, 'ballast');
      const store = await openTestStore(directory);
      const { alice, lobby } = await withLobby(store);
      // An earlier probe must not make the next one smaller.
      await store.log.probe();
      writeFileSync(ballast, Buffer.alloc(1024 * 1024));
      const send = () =>
        store.log.commit([
          command({ roomId: lobby.id, userId: alice.id, content: 'x'.repeat(1000) }),
        ]);
      let stored = 0;
      const fill = async (): Promise<void> => {
        for (; stored < MESSAGES_MAX; stored += 1) {
          const [outcome] = await send();
          if (outcome?.kind === 'unknown') return;
        }
      };

      await fill();
      assert(stored < MESSAGES_MAX);
      const kindOf = async (commit: ReturnType<typeof send>) => (await commit)[0]?.kind;
      assert.equal(await kindOf(send()), 'unknown');
      const ahead: ReturnType<typeof send>[] = [];
      const large = command({ roomId: lobby.id, userId: alice.id, content: 'x'.repeat(4000) });
      const failing = store.log.commit([large], () => ahead.push(send()));
      assert.equal(await kindOf(failing), 'unknown');
      for (const one of ahead) assert.equal(await kindOf(one), 'not-begun');
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
    }));

  test('leaves nothing of a copy for which there is no space', () =>
    onSmallDisk(16, async (directory) => {
      const elsewhere = temporaryDirectory();
      const store = await openTestStore(elsewhere, { durability: 'relaxed' });
      await fillStore(store);
      await store.close();
      const backup = join(elsewhere, 'backup.db');
      await backUp(elsewhere, backup);
      const folder = join(directory, 'data');
      mkdirSync(folder);
      const full = { message: /disk is full/ };

      fillUp(directory);
      await assert.rejects(backUp(elsewhere, join(folder, 'backup.db')), full);
      await assert.rejects(restore(backup, folder), full);
      assert.deepEqual(readdirSync(folder), []);

      rmSync(join(directory, 'ballast'));
      await restore(backup, folder);
      fillUp(directory);
      await assert.rejects(openSqliteSource(folder), full);
      assert.deepEqual(readdirSync(folder), ['parley.db']);
    }));
});

/** Leaves only a part of the space that a copy needs. */
function fillUp(directory: string): void {
  const { bavail, bsize } = statfsSync(directory);
  writeFileSync(join(directory, 'ballast'), Buffer.alloc(bavail * bsize - 256 * 1024));
}
