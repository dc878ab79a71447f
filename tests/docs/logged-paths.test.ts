/** The proxies of `ops/` log no token of a link: each path of such links is in both configurations. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PAGE_PATHS } from '@parley/protocol';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../ops', name), 'utf8');

/** Patterns with what replaces them, as the configuration has them. */
const MASKS: Readonly<Record<string, RegExp>> = {
  'nginx.conf': /^ +~(\^\S+) +(\S+);$/gm,
  'haproxy.cfg': /regsub\((\^[^,]+),([^)]+)\)/g,
};

for (const [name, pattern] of Object.entries(MASKS)) {
  test(`${name} logs no token of a link`, () => {
    const masks = [...read(name).matchAll(pattern)];
    for (const path of Object.values(PAGE_PATHS)) {
      const logged = masks.flatMap(([, mask = '', shown]) =>
        new RegExp(mask).test(`${path}secret`) ? [shown] : [],
      );
      assert.deepEqual(logged, [`${path}-`], path);
    }
  });
}
