import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { helpOf, readArguments } from './arguments.ts';

const ROOT = join(import.meta.dirname, '..');
const SCRIPT = {
  name: 'walk',
  about: 'Walks.',
  positionals: 'TOWN',
  options: {
    steps: { type: 'string', value: 'N', default: '10', about: 'How many.' },
    fast: { type: 'boolean', about: 'In a hurry.' },
  },
} as const;

async function run(file: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [join(ROOT, file), ...args]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

describe('the arguments of a script', () => {
  test('are read by its table', () => {
    const { values, positionals } = readArguments(SCRIPT, ['--fast', 'Rome']);

    assert.deepEqual({ ...values }, { steps: '10', fast: true });
    assert.deepEqual(positionals, ['Rome']);
  });

  test('are listed by its help', () => {
    assert.equal(
      helpOf(SCRIPT),
      [
        'npm run walk -- [OPTION ...] TOWN',
        '',
        'Walks.',
        '',
        '  --steps N  How many. (10)',
        '  --fast     In a hurry.',
      ].join('\n'),
    );
    assert.equal(helpOf({ name: 'rest', about: 'Rests.' }), 'npm run rest\n\nRests.');
  });

  for (const [name, file] of [
    ['format', 'scripts/format.ts'],
    ['crash', 'scripts/crash.ts'],
    ['bench', 'bench/run.ts'],
  ] as const) {
    test(`npm run ${name} only prints help, or rejects in one line`, async () => {
      const [help, unknown] = await Promise.all([run(file, '--help'), run(file, '--unknown')]);

      assert.equal(help.code, 0, help.stderr);
      assert.match(help.stdout, new RegExp(`^npm run ${name}\\b`));
      assert.equal(unknown.code, 1);
      assert.equal(unknown.stdout, '');
      const line = `${name}: Unknown option '--unknown'. Try 'npm run ${name} -- --help'.\n`;
      assert.equal(unknown.stderr, line);
    });
  }

  test('are rejected if a script takes none', async () => {
    const { code, stderr } = await run('scripts/check.ts', 'everything');

    assert.equal(code, 1);
    assert.equal(
      stderr,
      "check: Unexpected argument 'everything'. Try 'npm run check -- --help'.\n",
    );
  });
});
