/** The runner itself, with test files that misbehave. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../packages/server/test/support/wait.ts';
import { runTestFiles } from './run-file.ts';

/** In a test file: resolves when the report of what happened before has reached its file. */
const WRITTEN = `
  const written = new Promise((resolve) => {
    const path = process.execArgv.find((arg) => arg.startsWith('--test-reporter-destination='));
    const report = path.slice(path.indexOf('=') + 1);
    const timer = setInterval(() => {
      if (!existsSync(report) || !readFileSync(report, 'utf8').includes('"begun":"second"')) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });`;

/** Runs a test file with this text and returns its failures: name and reason. */
async function failuresOf(text: string, testMsMax = 60_000): Promise<readonly string[]> {
  const path = join(mkdtempSync(join(tmpdir(), 'parley-test-')), 'planted.mjs');
  writeFileSync(
    path,
    `import { existsSync, readFileSync } from 'node:fs';\nimport { test } from 'node:test';\n${text}`,
  );
  const { lines } = await runTestFiles([path], testMsMax);
  return lines
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ name, why }) => `${name === path ? 'file' : name}: ${why.split('\n')[0]}`);
}

test('a process that exits with code 0 fails with the names of the tests that it lost', async () => {
  const failures = await failuresOf(`${WRITTEN}
    test('first', () => {});
    test('second', async () => { await written; process.exit(0); });
    test('third', () => {});`);

  assert.deepEqual(failures, ['file: ended with code 0 before its tests; not finished: second']);
});

test('a process that is killed names the test that was running', async () => {
  const failures = await failuresOf(`${WRITTEN}
    test('first', () => {});
    test('second', async () => { await written; process.kill(process.pid, 'SIGKILL'); });`);

  assert.deepEqual(failures, ['file: ended by SIGKILL; not finished: second']);
});

test('a test that waits for nothing fails by its name', async () => {
  const failures = await failuresOf(
    `test('first', () => {});
    test('second', () => new Promise(() => setInterval(() => {}, 1000)));`,
    500,
  );

  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? '', /^second: /);
});

test('a file without tests fails', async () => {
  assert.deepEqual(await failuresOf(''), ['file: holds no test']);
});

test('a server that is left open is named', async () => {
  const failures = await failuresOf(`
    import { once } from 'node:events';
    import { createServer } from 'node:net';
    test('first', () => once(createServer().listen(0, '127.0.0.1'), 'listening'));`);

  assert.deepEqual(failures, ['file: left open: TCPServerWrap']);
});

test('a process that is left running is named, and ends with its tests', async () => {
  const note = join(mkdtempSync(join(tmpdir(), 'parley-test-')), 'pid');
  const failures = await failuresOf(`
    import { spawn } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    test('first', () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      writeFileSync(${JSON.stringify(note)}, String(child.pid));
    });`);

  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? '', /^file: left open: ProcessWrap, .*setInterval/);
  const pid = Number(readFileSync(note, 'utf8'));
  await until(() => hasEnded(pid), 'the end of the child');
});

/** A killed process stays in the table of processes until its parent has collected it. */
function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
