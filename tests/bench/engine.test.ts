import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Report } from '../../bench/harness/report.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';

const RUN = join(import.meta.dirname, '../../bench/run.ts');

async function run(...args: readonly string[]): Promise<number> {
  const [code] = await once(spawn(process.execPath, [RUN, ...args], { stdio: 'ignore' }), 'exit');
  return code;
}

describe('npm run bench -- engine', () => {
  test('measures every subject with the same work, and writes the results', async () => {
    const file = join(temporaryDirectory(), 'engine.json');

    const code = await run('engine', '--quick', '--works', 'echo 64 B d16', '--json', file);

    assert.equal(code, 0);
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    assert.deepEqual(report.faults, []);
    const cpu = report.results.filter(({ metric }) => metric === 'cpuPerMessage');
    assert.deepEqual(
      cpu.map(({ subject }) => subject),
      ['parley', 'parley-pooled', 'ws'],
    );
    assert.ok(cpu.every(({ value, unit }) => value > 0 && unit === 'us'));
    assert.equal(report.ratios.length, report.results.length - 2);
  });

  test('measures a further subject if it is named', async () => {
    const file = join(temporaryDirectory(), 'engine.json');

    const code = await run(
      ...['engine', '--quick', '--works', 'broadcast 128 B to 1000 d16'],
      ...['--subjects', 'parley-loop', '--json', file],
    );

    assert.equal(code, 0);
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as Report;
    assert.ok(results.length > 0);
    assert.ok(results.every(({ subject }) => subject === 'parley-loop'));
  });

  test('rejects an unknown benchmark, work or subject', async () => {
    assert.equal(await run('nothing'), 1);
    assert.equal(await run('engine', '--subjects', 'nothing'), 1);
    assert.equal(await run('engine', '--works', 'nothing'), 1);
  });
});
