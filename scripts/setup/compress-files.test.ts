import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { compressFiles } from './compress-files.ts';

test('puts smaller copies beside texts, in all folders, and nothing beside the rest', () => {
  const folder = temporaryDirectory();
  const text = 'a line of text\n'.repeat(100);
  mkdirSync(join(folder, 'assets'));
  for (const name of ['index.html', 'assets/app.js', 'assets/photo.png']) {
    writeFileSync(join(folder, name), text);
  }
  writeFileSync(join(folder, 'tiny.css'), 'a{}');

  compressFiles(folder);

  const files = readdirSync(folder, { recursive: true }).map((name) => String(name));
  assert.deepEqual(files.filter((name) => /\.(?:br|gz)$/.test(name)).sort(), [
    'assets/app.js.br',
    'assets/app.js.gz',
    'index.html.br',
    'index.html.gz',
  ]);
  const read = (name: string) => readFileSync(join(folder, name));
  assert.equal(brotliDecompressSync(read('assets/app.js.br')).toString(), text);
  assert.equal(gunzipSync(read('index.html.gz')).toString(), text);
});
