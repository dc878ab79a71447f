import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnectionId } from '../../../src/node/connection/connection-id.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('creates UUIDs of version 4, none twice', () => {
  const ids = Array.from({ length: 1_000 }, createConnectionId);
  for (const id of ids) assert.match(id, UUID_V4);
  assert.equal(new Set(ids).size, ids.length);
});
