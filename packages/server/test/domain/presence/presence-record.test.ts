import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import {
  changedBlocks,
  isSamePresence,
  latestRecord,
} from '../../../src/domain/presence/presence-record.ts';
import type { PresenceRecord } from '../../../src/model/bus-message.ts';

const RECORD: PresenceRecord = {
  username: 'alice',
  status: 'online',
  statusText: undefined,
  chosenAtMs: 0,
  lastSeenAtMs: 0,
  blockedIds: [],
};

function blocking(...ids: string[]): PresenceRecord {
  return { ...RECORD, blockedIds: ids as UserId[] };
}

describe('records of presence', () => {
  test('the latest choice of the user counts', () => {
    const away = { ...RECORD, status: 'away', chosenAtMs: 2 } as const;

    assert.equal(latestRecord([RECORD, away, { ...RECORD, chosenAtMs: 1 }]), away);
    assert.equal(latestRecord([]), undefined);
  });

  test('are the same presence if status and text are equal', () => {
    assert.equal(isSamePresence(RECORD, { ...RECORD, lastSeenAtMs: 1 }), true);
    assert.equal(isSamePresence(RECORD, { ...RECORD, statusText: 'Lunch' }), false);
    assert.equal(isSamePresence(undefined, RECORD), false);
  });

  test('show whom the user has blocked and unblocked', () => {
    assert.deepEqual(changedBlocks(blocking('a', 'b'), blocking('b', 'c')), ['a', 'c']);
  });

  test('of a connection or a disconnection show no change of blocks', () => {
    assert.deepEqual(changedBlocks(undefined, blocking('a')), []);
    assert.deepEqual(changedBlocks(blocking('a'), undefined), []);
  });
});
