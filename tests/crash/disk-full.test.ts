/** A real server survives a full disk without a fault; a start on a full disk reports it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findFreePort } from '../support/parley-process.ts';
import { repetitions } from '../support/repetitions.ts';
import { type DiskKind, diskKinds, NO_SMALL_DISK, openSmallDisk } from '../support/small-disk.ts';
import { REJECTED_START, runFullDisk } from './disk-run.ts';

/** Another one each night. */
const FIXED_SEED = 1;

interface DiskCase {
  readonly rounds: number;
  /** Free bytes with which a start is rejected: no space for the lock, or for the schema. */
  readonly bytesLeft: readonly number[];
  readonly rejection: RegExp;
}

/** The second kind is for machines without the first; elsewhere a round each night keeps it working. */
const DISK_CASES: Readonly<Record<DiskKind, DiskCase>> = {
  'file-system': {
    rounds: repetitions(1, 2),
    bytesLeft: [0, 64 * 1024],
    rejection: /DATA_DIR is '.*', whose disk is full: free some disk space, then start again\./,
  },
  'file-size': { rounds: 1, bytesLeft: [64 * 1024], rejection: /The database cannot be used/ },
};
/** Space for the schema and its write-ahead log. */
const DISK_BYTES = 8 * 1024 * 1024;

const kinds = diskKinds().slice(0, repetitions(1, 2));

if (kinds.length === 0) {
  const skip = process.env['CI'] === undefined && NO_SMALL_DISK;
  test('a full disk', { skip }, () => assert.fail(NO_SMALL_DISK));
}

// Each test waits for its own server most of the time.
describe('a full disk', { concurrency: true }, () => {
  for (const disk of kinds) describe(disk, () => testDisk(disk, DISK_CASES[disk]));
});

function testDisk(disk: DiskKind, { rounds, bytesLeft, rejection }: DiskCase): void {
  test('rejects commands, loses nothing, and recovers automatically when space is freed', async () => {
    const seed = Number(
      process.env['PARLEY_TEST_SEED'] ?? repetitions(FIXED_SEED, Date.now() % 1_000_000),
    );
    const report = await runFullDisk({ rounds, seed, disk });
    assert.deepEqual(report.faults, [], `seed ${seed}: set PARLEY_TEST_SEED to repeat`);
  });

  test('is reported in one line at start', async () => {
    const small = await openSmallDisk(disk, DISK_BYTES);
    const settings = { PORT: await findFreePort(), LOG_LEVEL: 'silent' };
    try {
      for (const bytes of bytesLeft) {
        small.fill(bytes);
        await assert.rejects(small.start(settings), ({ message }: Error) => {
          assert.match(message, REJECTED_START);
          assert.match(message, rejection);
          return true;
        });
        small.free();
      }
      await small.start(settings);
    } finally {
      await small.remove();
    }
  });
}
