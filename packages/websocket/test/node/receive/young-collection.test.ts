/** Young objects are collected before the memory of messages triggers a collection of all objects. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const RECEIVE = join(import.meta.dirname, '../../../src/node/receive');

/** Copies and drops 512 MiB, eight times what triggers a collection of all objects. */
const COPIES = `
  const { copyMessage } = await import(${JSON.stringify(join(RECEIVE, 'message-memory.ts'))});
  const message = Buffer.alloc(16_384);
  for (let count = 0; count < 32_768; count += 1) copyMessage(message);
`;

const VISIBILITY = `
  const young = await import(${JSON.stringify(join(RECEIVE, 'young-collection.ts'))});
  const { runInNewContext } = await import('node:vm');
  console.log(young.canCollectYoungObjects(), typeof gc, runInNewContext('typeof gc'));
`;

function run(program: string, options: readonly string[] = [], internals = ''): string {
  const args = [...options, '--input-type=module', '--eval', program];
  const env = { ...process.env, PARLEY_NODE_INTERNALS: internals };
  return execFileSync(process.execPath, args, { env, encoding: 'utf8' });
}

function countFullCollections(internals: string): number {
  return run(COPIES, ['--trace-gc'], internals).match(/Mark-Compact/g)?.length ?? 0;
}

test('copies of messages that are dropped trigger no full collection', () => {
  // The comparison shows that the measurement finds them.
  assert.ok(countFullCollections('off') >= 4);
  // V8 may have another reason for one, such as a tool that measures coverage.
  assert.ok(countFullCollections('') <= 1);
});

test('the function of V8 is visible to no other code', () => {
  assert.equal(run(VISIBILITY).trim(), 'true undefined undefined');
});

test('a flag that the application has set stays set', () => {
  assert.equal(run(VISIBILITY, ['--expose-gc']).trim(), 'true function function');
});

test('PARLEY_NODE_INTERNALS=off leaves the time of collections to V8', () => {
  assert.equal(run(VISIBILITY, [], 'off').trim(), 'false undefined undefined');
});
