import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConnectionState, isLegalMove } from '../../src/protocol/connection-state.ts';

const STATES: readonly ConnectionState[] = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];

test('five transitions are legal, and all others are not', () => {
  const legal = STATES.flatMap((from) =>
    STATES.filter((to) => isLegalMove(from, to)).map((to) => `${from} ${to}`),
  );

  assert.deepEqual(legal, [
    'CONNECTING OPEN',
    'CONNECTING CLOSED',
    'OPEN CLOSING',
    'OPEN CLOSED',
    'CLOSING CLOSED',
  ]);
});
