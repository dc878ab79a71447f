import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passBacklog, type Usage } from '../../bench/harness/usage.ts';

/** Readings 25 ms apart, with the given shares of a core between them; counts those that were taken. */
function readingsOf(shares: readonly number[]): [() => Promise<Usage>, () => number] {
  let count = 0;
  let cpuMicros = 0;
  const read = async () => {
    cpuMicros += 25_000 * (shares[count - 1] ?? 0);
    const atMs = 25 * count;
    count += 1;
    return { cpuMicros, atMs };
  };
  return [read, () => count];
}

describe('waiting until a process has nothing left to do', () => {
  test('ends when it has used almost no processor time between two readings', async () => {
    const [read, count] = readingsOf([1, 0.4, 0.06, 0.01, 1]);

    await passBacklog(read, 10_000);

    assert.equal(count(), 5);
  });

  test('ends at the given time if it stays busy', async () => {
    const [read, count] = readingsOf([1, 1, 1, 1, 1]);

    await passBacklog(read, 75);

    assert.equal(count(), 4);
  });
});
