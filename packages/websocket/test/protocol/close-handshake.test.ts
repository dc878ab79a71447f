import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseHandshake } from '../../src/protocol/close-handshake.ts';

test('a connection without any close frame ended as 1006', () => {
  assert.deepEqual(new CloseHandshake().outcome, { code: 1006, reason: '', wasClean: false });
});

test('a close that was never answered is 1006 and not clean', () => {
  const handshake = new CloseHandshake();

  handshake.markSent();

  assert.deepEqual(handshake.outcome, { code: 1006, reason: '', wasClean: false });
});

test('two close frames are a clean close with the code of the peer', () => {
  const handshake = new CloseHandshake();

  handshake.markSent();
  handshake.receive(4001, 'bye');

  assert.deepEqual(handshake.outcome, { code: 4001, reason: 'bye', wasClean: true });
});

test('a peer that did not answer is reported with our reason', () => {
  const handshake = new CloseHandshake();

  handshake.fail(1009, 'the message is too big');
  handshake.markSent();

  assert.deepEqual(handshake.outcome, {
    code: 1009,
    reason: 'the message is too big',
    wasClean: false,
  });
});

test('the code of the peer takes precedence over our own, whichever came first', () => {
  const before = new CloseHandshake();
  before.receive(1000, '');
  before.fail(1011, 'something went wrong');
  const after = new CloseHandshake();
  after.fail(1011, 'something went wrong');
  after.receive(1000, '');

  assert.equal(before.outcome.code, 1000);
  assert.equal(after.outcome.code, 1000);
});
