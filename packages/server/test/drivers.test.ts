import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const SERVER = new URL('../src/app.ts', import.meta.url).href;
/** Prints the packages that a server of `parley start` loads. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  const packages = new Set();
  registerHooks({
    load: (url, context, next) => {
      packages.add(/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]);
      return next(url, context);
    },
  });
  await import(process.argv[1]);
  console.log(JSON.stringify([...packages]));`;

test('a start loads no driver that no setting names, and no library that only clients need', () => {
  const args = ['--input-type=module', '--eval', PROGRAM, SERVER];
  const packages: string[] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));

  assert.ok(packages.includes('fastify'));
  assert.deepEqual(
    packages.filter((name) => /redis|cassandra|^pg|socket|engine|typebox|jose|html|ajv/.test(name)),
    [],
  );
});
