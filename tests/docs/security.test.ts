/** The threat table is complete: each row names an existing test, and each attack a row. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ATTACKS } from '../hostile/attacks/index.ts';

const root = join(import.meta.dirname, '../..');
const FILE = /`((?:packages|tests|scripts)\/[^`]+)`/g;

interface Row {
  readonly threat: string;
  readonly answer: string;
  readonly shownBy: string;
}

const [, threats = ''] = readFileSync(join(root, 'docs/security.md'), 'utf8').split('## Threats');
const rows: readonly Row[] = threats
  .split('\n')
  .filter((line) => /^\| (?!threat|-)/.test(line))
  .map((line) => {
    const [, threat = '', answer = '', shownBy = ''] = line
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
    return { threat, answer, shownBy };
  });

test('each row of the threat table names existing tests', () => {
  assert.ok(rows.length > 20);
  for (const { threat, shownBy } of rows) {
    const files = [...shownBy.matchAll(FILE)].map((match) => match[1] ?? '');
    assert.ok(files.length > 0, `${threat} names no test`);
    for (const file of files) assert.ok(existsSync(join(root, file)), `${threat}: ${file}`);
  }
});

test('each attack belongs to a row', () => {
  for (const { name, threat } of ATTACKS) {
    const row = rows.find((each) => each.threat === threat);
    assert.ok(row !== undefined, `${name}: there is no row '${threat}'`);
  }
});
