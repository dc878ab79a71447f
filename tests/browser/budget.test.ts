/** The size of what the page loads first. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { browserSkip } from '../support/browser.ts';

/** Bytes of script with Brotli at the first load. */
const SCRIPT_BYTES_MAX = 120_000;

const dist = join(import.meta.dirname, '../../packages/web/dist');

test('the page loads at most 120 kB of compressed script at first', { skip: browserSkip() }, () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const scripts = new Set(html.match(/\/assets\/[\w-]+\.js/g));
  assert(scripts.size > 0);
  const sizes = [...scripts].map((path) => statSync(join(dist, `${path}.br`)).size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  assert(bytes <= SCRIPT_BYTES_MAX, `${bytes} bytes`);
});
