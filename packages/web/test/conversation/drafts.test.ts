import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/client';
import { DRAFTS_MAX, Drafts } from '../../src/conversation/drafts.ts';

const LOBBY = 'r-lobby' as RoomId;

describe('Drafts', () => {
  test('keeps one text per room, until it is emptied', () => {
    const drafts = new Drafts();
    assert.equal(drafts.read(LOBBY), '');

    drafts.write(LOBBY, 'half a sent');
    assert.equal(drafts.read(LOBBY), 'half a sent');
    drafts.write(LOBBY, '');

    assert.equal(drafts.read(LOBBY), '');
  });

  test('forgets the draft touched longest ago when there are too many', () => {
    const drafts = new Drafts();
    for (let n = 0; n < DRAFTS_MAX; n += 1) drafts.write(`r${n}` as RoomId, 'text');
    drafts.write('r0' as RoomId, 'touched');
    drafts.write('one more' as RoomId, 'text');

    assert.equal(drafts.read('r0' as RoomId), 'touched');
    assert.equal(drafts.read('r1' as RoomId), '');
    assert.equal(drafts.read('one more' as RoomId), 'text');
  });
});
