/** A packet that waits for its attachments keeps no more than a few kilobytes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BoundedDecoder } from '../../../src/gateways/socketio/bounded-decoder.ts';

interface Packet {
  readonly data?: unknown;
  readonly id?: number | undefined;
}

const placeholder = (num: number) => ({ _placeholder: true, num });

describe('the decoder of Socket.IO packets', () => {
  const decode = (...packets: readonly (string | Buffer)[]): Packet[] => {
    const decoder = new BoundedDecoder();
    const decoded: Packet[] = [];
    decoder.on('decoded', (packet: Packet) => decoded.push(packet));
    for (const packet of packets) decoder.add(packet);
    return decoded;
  };

  test('keeps no bytes of attachments, also of those that arrived before the last one', () => {
    const head = JSON.stringify(['room:join', { a: placeholder(0), b: placeholder(1) }]);

    const [packet] = decode(`52-7${head}`, Buffer.alloc(1000), Buffer.alloc(1000));

    assert.deepEqual(packet?.data, ['room:join', { a: Buffer.alloc(0), b: Buffer.alloc(0) }]);
    assert.equal(packet?.id, 7);
  });

  test('keeps no long event until its attachments arrive', () => {
    const long = { text: 'x'.repeat(100_000), bytes: placeholder(0) };

    const [packet] = decode(`51-7${JSON.stringify(['room:join', long])}`, Buffer.of(1));

    assert.deepEqual(packet?.data, ['room:join', 'too complex']);
    assert.equal(packet?.id, 7);
  });

  test('rejects a long acknowledgement with attachments', () => {
    const long = JSON.stringify(['x'.repeat(100_000), placeholder(0)]);

    assert.throws(() => decode(`61-7${long}`), { code: 'VALIDATION_ERROR' });
  });

  test('accepts a long event without attachments', () => {
    const event = ['message:send', { content: 'x'.repeat(100_000) }];

    const [packet] = decode(`2${JSON.stringify(event)}`);

    assert.deepEqual(packet?.data, event);
  });
});
