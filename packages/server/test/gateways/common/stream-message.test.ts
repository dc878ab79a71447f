import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  encodeStreamClose,
  parseStreamMessage,
} from '../../../src/gateways/common/stream-message.ts';

describe('a message of a WebSocket with streams', () => {
  const parse = (text: string) => parseStreamMessage(Buffer.from(text));

  test('opens a stream, carries a frame, or closes a stream', () => {
    assert.deepEqual(parse('2+'), { kind: 'open', stream: 2 });
    assert.deepEqual(parse('999999999 '), {
      ...{ kind: 'frame', stream: 999_999_999, frame: Buffer.alloc(0) },
    });
    assert.deepEqual(parse('17 {"type":"ping"}'), {
      ...{ kind: 'frame', stream: 17, frame: Buffer.from('{"type":"ping"}') },
    });
    assert.deepEqual(parse('3-'), { kind: 'close', stream: 3, code: 1005, reason: '' });
    assert.deepEqual(parse('3-1000'), { kind: 'close', stream: 3, code: 1000, reason: '' });
    const reason = 'é'.repeat(61);
    assert.deepEqual(parse(encodeStreamClose(3, 4000, reason)), {
      ...{ kind: 'close', stream: 3, code: 4000, reason },
    });
  });

  test('is malformed in any other form', () => {
    const malformed = [
      ...['', ' ', '+', '{"type":"ping"}', '1', '12', 'x 1', '-1 {}', '0+', '01 {}', '٣ {}'],
      ...['1000000000 {}', `${'9'.repeat(1000)} {}`, '1+2', '1+ ', '1{}', '1:', '1\n{}'],
      ...['1-x', '1-999', '1-5000', '1-10000', '1-1000reason', '1- 1000'],
      `1-1000 ${'x'.repeat(124)}`,
    ];
    assert.deepEqual(
      malformed.filter((text) => parse(text) !== undefined),
      [],
    );
  });
});
