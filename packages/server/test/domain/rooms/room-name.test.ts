import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toRoomName } from '../../../src/domain/rooms/room-name.ts';

describe('toRoomName', () => {
  const keys: readonly [written: string, key: string][] = [
    ['General', 'general'],
    ['  General  ', 'general'],
    ['Q&A room', 'q-a-room'],
    ['under_score-dash', 'under_score-dash'],
    ['Größe', 'größe'],
    ['日本語', '日本語'],
    ['ﬁne', 'fine'],
    ['Ａｌｐｈａ', 'alpha'],
    ['../../etc/passwd', '------etc-passwd'],
    ['<script>', '-script-'],
    ['e\u0301', 'é'],
    ['gen\u200beral', 'general'],
    ['gen\u00aderal', 'general'],
    ['\ufeffgen\u2060eral', 'general'],
    ['i\u2764\ufe0ftea', 'i-tea'],
  ];
  for (const [written, key] of keys) {
    test(`finds ${JSON.stringify(written)} under ${JSON.stringify(key)}`, () => {
      assert.equal(toRoomName(written, 'roomName').key, key);
    });
  }

  test('shows the name as it was written, without the blanks around it', () => {
    assert.equal(toRoomName('  Q&A Room ', 'roomName').shown, 'Q&A Room');
  });

  for (const written of ['', '   ', '!!!', '---', '_', '👋']) {
    test(`rejects ${JSON.stringify(written)}, which has no letter and no digit`, () => {
      assert.throws(() => toRoomName(written, 'roomName'), {
        code: 'VALIDATION_ERROR',
        details: {
          field: 'roomName',
          message: 'A room name needs at least one letter or digit',
        },
      });
    });
  }

  test('accepts 50 characters and rejects 51', () => {
    assert.equal(toRoomName('x'.repeat(50), 'roomName').key.length, 50);
    assert.throws(() => toRoomName('x'.repeat(51), 'roomName'), { code: 'VALIDATION_ERROR' });
  });
});
