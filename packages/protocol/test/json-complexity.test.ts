import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { checkJsonComplexity } from '../src/json-complexity.ts';
import { LIMITS } from '../src/limits.ts';
import { decodeChannelFrame, decodeClientFrame, decodeHttpBody } from '../src/validators.ts';
import { leastTimeOf } from './support/cost.ts';

const tooComplex = { code: 'VALIDATION_ERROR' };

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const nested = Object.values(value).map(valuesIn);
  return nested.reduce((sum, count) => sum + count, 1);
}

describe('checkJsonComplexity', () => {
  test('accepts 2,000 values, and rejects more', () => {
    assert.doesNotThrow(() => checkJsonComplexity(JSON.stringify(Array(1998).fill(1))));
    assert.throws(() => checkJsonComplexity(JSON.stringify(Array(2001).fill(1))), tooComplex);
    const keys = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`k${index}`, 1]));
    assert.throws(() => checkJsonComplexity(JSON.stringify(keys)), tooComplex);
  });

  test('accepts 16 levels, and rejects 17', () => {
    for (const [open, close] of ['[]', '{}'].map((pair) => [...pair])) {
      assert(open !== undefined && close !== undefined);
      assert.doesNotThrow(() => checkJsonComplexity(open.repeat(16) + close.repeat(16)));
      assert.throws(() => checkJsonComplexity(open.repeat(17)), tooComplex);
    }
  });

  test('ignores the content of strings', () => {
    const text = JSON.stringify({ content: '[{",\\'.repeat(5000), '[[\\"': '\\' });
    assert.doesNotThrow(() => checkJsonComplexity(text));
  });

  test('accepts a resume of 200 rooms', () => {
    const room = { roomId: 'r', lastSequence: 1, epoch: 'e', lastId: 'm' };
    const frame = { type: 'resume', payload: { rooms: Array(200).fill(room) } };
    assert.doesNotThrow(() => checkJsonComplexity(JSON.stringify(frame)));
  });

  test('accepts any JSON with fewer values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        fc.pre(valuesIn(value) < 1000);
        assert.doesNotThrow(() => checkJsonComplexity(JSON.stringify(value)));
      }),
    );
  });
});

describe('a rejected command', () => {
  const fill = (prefix: string, item: string, suffix: string): string => {
    const count = Math.floor(
      (LIMITS.frameBytesMax - prefix.length - suffix.length) / (item.length + 1),
    );
    return `${prefix}${Array(count).fill(item).join(',')}${suffix}`;
  };
  const keys = (count: number): string =>
    Array.from({ length: count }, (_, index) => `"k${index}":0`).join(',');
  const native = (type: string, payload: string): [string, string] => [
    `{"type":"${type}","payload":{`,
    `${payload}}}`,
  ];
  const wrap = (type: string, field: string, items: string): string => {
    const [before, after] = native(type, '');
    return `${before}"${field}":[${items}]${after}`;
  };
  const decodeNative = (value: unknown): unknown => {
    const decoded = decodeClientFrame(value);
    if (decoded.kind === 'rejected') throw Object.assign(new Error(decoded.message), decoded);
    return decoded;
  };
  const [sendStart, sendEnd] = native('chat_message', '');
  const cases: readonly [
    title: string,
    text: string,
    decode: (value: unknown) => unknown,
    field: string | undefined,
  ][] = [
    [
      'empty attachments',
      fill(`${sendStart}"attachments":[`, '{}', `]${sendEnd}`),
      decodeNative,
      undefined,
    ],
    [
      '900 attachments',
      wrap('chat_message', 'attachments', Array(900).fill('{}').join(',')),
      decodeNative,
      'attachments',
    ],
    [
      'an attachment of 900 keys',
      wrap('chat_message', 'attachments', `{${keys(900)}}`),
      decodeNative,
      'attachments',
    ],
    ['an object of 80,000 keys', `${sendStart}${keys(80_000)}${sendEnd}`, decodeNative, undefined],
    [
      '200,000 ids of a group',
      wrap('create_group', 'userIds', Array(200_000).fill('""').join(',')),
      decodeNative,
      undefined,
    ],
    [
      '900 ids of a group',
      wrap('create_group', 'userIds', Array(900).fill('""').join(',')),
      decodeNative,
      'userIds',
    ],
    [
      '900 rooms of a resume',
      wrap('resume', 'rooms', Array(900).fill('{}').join(',')),
      decodeNative,
      'rooms',
    ],
    [
      '200 rooms without an id',
      wrap('resume', 'rooms', Array(200).fill('{}').join(',')),
      decodeNative,
      'rooms.0.roomId',
    ],
    ['nested arrays', '['.repeat(LIMITS.frameBytesMax), decodeNative, undefined],
    [
      '900 attachments at /ws/chat',
      `{"channelId":"c","content":"x","attachments":[${Array(900).fill('{}').join(',')}]}`,
      (value) => decodeChannelFrame('send_message', value),
      'attachments',
    ],
    [
      '900 attachments over HTTP',
      `{"content":"x","attachments":[${Array(900).fill('{}').join(',')}]}`,
      (value) => decodeHttpBody('message', value),
      'attachments',
    ],
  ];
  const costly = `{${keys(80_000)}}`;
  let parseMs: number;
  before(() => {
    parseMs = leastTimeOf(() => JSON.parse(costly));
  });
  for (const [title, text, decode, field] of cases) {
    test(`costs little: ${title}`, () => {
      const rejectMs = leastTimeOf(() => {
        assert.throws(
          () => {
            checkJsonComplexity(text);
            decode(JSON.parse(text));
          },
          (error: { code: string; field?: string; details?: { field?: string } }) => {
            assert.equal(error.code, 'VALIDATION_ERROR');
            assert.equal(error.details === undefined ? error.field : error.details.field, field);
            return true;
          },
        );
      });
      assert(rejectMs < parseMs / 2, `${rejectMs} ms, and ${parseMs} ms for parsing`);
    });
  }
});
