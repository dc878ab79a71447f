/**
 * `npm pack` of the SDK and of the protocol that it depends on: checked by the tools that
 * packages are checked by, installed without a registry, compiled and run.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { expectCompiles, PackedCheckout, root, runProgram } from './packed-checkout.ts';

const PACKAGES = ['protocol', 'client'] as const;

let packed: PackedCheckout;
before(async () => {
  packed = await PackedCheckout.make(PACKAGES);
});
after(() => packed.remove());

for (const name of PACKAGES) {
  test(`publint finds nothing in @parley/${name}`, () => packed.expectLintFindsNothing(name));

  test(`the types of every entry of @parley/${name} are right`, () =>
    packed.expectTypesAreRight(name, 'esm-only'));
}

test('installed, the SDK runs in Node, and its types compile', async () => {
  // The dependencies from a registry are packed from this checkout.
  const packNamed = (name: string): Promise<string> =>
    packed.pack(join(root, 'node_modules', name), '--ignore-scripts');
  const typebox = await packNamed('typebox');
  const virtualizer = await packNamed('@tanstack/virtual-core');
  const app = await packed.install([...packed.tarballs, typebox, virtualizer]);
  await writeFile(join(app, 'app.ts'), APP);
  await writeFile(join(app, 'app.js'), APP.replace(': string', ''));
  const compilerOptions = {
    ...{ target: 'es2024', lib: ['es2024', 'dom'], module: 'nodenext', strict: true },
    ...{ skipLibCheck: false, types: [], noEmit: true },
  };
  await writeFile(
    join(app, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['app.ts'] }),
  );

  const installed = join(app, 'node_modules/@parley/client');
  assert.doesNotMatch(await readFile(join(installed, 'README.md'), 'utf8'), /\]\(\.\.\//);
  assert.match(await readFile(join(installed, 'dist/react/index.js'), 'utf8'), /^'use client';/);
  const ran = await runProgram(process.execPath, [join(app, 'app.js')]);
  assert.equal(ran.output.trim(), 'idle VALIDATION_ERROR');
  await expectCompiles(app);
});

const APP = `
import { ChatError, createParley } from '@parley/client';

const parley = createParley({ url: 'http://127.0.0.1:1', auth: { getToken: () => 'token' } });
const state: string = parley.connection.state.kind;
try {
  parley.room('r').send({ text: '' });
} catch (error) {
  console.log(state, error instanceof ChatError ? error.code : error);
}
parley.close();
`;
