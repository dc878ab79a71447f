import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloseSequence,
  type ConnectionState,
  type LifeEvent,
} from '../../src/protocol/close-sequence.ts';

const EVENTS: readonly LifeEvent[] = ['open', 'close', 'closeFrame', 'failure', 'inputEnd', 'gone'];

/** How to reach each state. */
const PATHS: Readonly<Record<ConnectionState, readonly LifeEvent[]>> = {
  CONNECTING: [],
  OPEN: ['open'],
  CLOSING: ['open', 'close'],
  CLOSED: ['open', 'gone'],
};

function sequenceIn(state: ConnectionState): CloseSequence {
  const sequence = new CloseSequence();
  for (const event of PATHS[state]) sequence.handle(event);
  return sequence;
}

test('five transitions are possible, and all others are not', () => {
  const moves = (Object.keys(PATHS) as ConnectionState[]).flatMap((from) =>
    EVENTS.map((event) => `${from} ${sequenceIn(from).handle(event)?.next}`),
  );
  const changes = [...new Set(moves)].filter((move) => {
    const [from, to] = move.split(' ');
    return to !== 'undefined' && from !== to;
  });

  assert.deepEqual(changes, [
    'CONNECTING OPEN',
    'CONNECTING CLOSED',
    'OPEN CLOSING',
    'OPEN CLOSED',
    'CLOSING CLOSED',
  ]);
});

test('one close frame is sent, whatever happens and in whatever order', () => {
  for (const first of EVENTS) {
    for (const second of EVENTS) {
      const sequence = sequenceIn('OPEN');
      const actions = [first, second].flatMap((event) => sequence.handle(event)?.actions ?? []);

      assert(actions.filter((action) => action === 'sendClose').length <= 1, `${first} ${second}`);
    }
  }
});

test('nothing happens after the end', () => {
  for (const event of EVENTS) assert.equal(sequenceIn('CLOSED').handle(event), undefined);
});

test('a connection without any close frame ended as 1006', () => {
  assert.deepEqual(sequenceIn('OPEN').outcome, { code: 1006, reason: '', wasClean: false });
});

test('a close that was never answered is 1006 and not clean', () => {
  const sequence = sequenceIn('OPEN');

  sequence.handle('close');

  assert.deepEqual(sequence.outcome, { code: 1006, reason: '', wasClean: false });
});

test('two close frames are a clean close with the code of the peer', () => {
  const sequence = sequenceIn('OPEN');

  sequence.handle('close');
  sequence.receive(4001, 'bye');

  assert.deepEqual(sequence.outcome, { code: 4001, reason: 'bye', wasClean: true });
});

test('a peer that did not answer is reported with our reason', () => {
  const sequence = sequenceIn('OPEN');

  sequence.fail(1009, 'the message is too big');
  sequence.handle('close');

  assert.deepEqual(sequence.outcome, {
    code: 1009,
    reason: 'the message is too big',
    wasClean: false,
  });
});

test('the code of the peer takes precedence over our own, whichever came first', () => {
  const before = sequenceIn('OPEN');
  before.receive(1000, '');
  before.fail(1011, 'something went wrong');
  const after = sequenceIn('OPEN');
  after.fail(1011, 'something went wrong');
  after.receive(1000, '');

  assert.equal(before.outcome.code, 1000);
  assert.equal(after.outcome.code, 1000);
});
