import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSE_CODES, isCloseCodeOnWire } from '../../src/protocol/close-codes.ts';

test('a client may send 1000-1003, 1007-1014 and 3000-4999, and no other code', () => {
  const allowed = [...range(1000, 1003), ...range(1007, 1014), ...range(3000, 4999)];

  const found = range(0, 65_535).filter((code) => isCloseCodeOnWire(code, 'client'));

  assert.deepEqual(found, allowed);
});

test('a server may send the same codes as a client except 1010', () => {
  const found = range(0, 65_535).filter(
    (code) => isCloseCodeOnWire(code, 'client') && !isCloseCodeOnWire(code, 'server'),
  );

  assert.deepEqual(found, [1010]);
});

test('a value that is not an integer is not a close code', () => {
  for (const code of [1000.5, Number.NaN, Number.POSITIVE_INFINITY, -1000]) {
    assert.equal(isCloseCodeOnWire(code, 'server'), false, String(code));
  }
});

test('the table contains the codes that are only reported', () => {
  const local = Object.entries(CLOSE_CODES).filter(([, entry]) => entry.sentBy === 'none');

  assert.deepEqual(
    local.map(([code, { name }]) => [Number(code), name]),
    [
      [1005, 'NO_STATUS_RCVD'],
      [1006, 'ABNORMAL_CLOSURE'],
      [1015, 'TLS_HANDSHAKE'],
    ],
  );
});

test('the codes are found by name, and a list of the table has numbers only', () => {
  assert.deepEqual([CLOSE_CODES.GOING_AWAY, CLOSE_CODES.TRY_AGAIN_LATER], [1001, 1013]);
  assert.equal(CLOSE_CODES[1001]?.name, 'GOING_AWAY');
  for (const [code, { name }] of Object.entries(CLOSE_CODES)) {
    assert.equal(CLOSE_CODES[name as 'GOING_AWAY'], Number(code));
  }
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
