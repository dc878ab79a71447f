import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderRules } from '../../src/protocol/frame-header.ts';
import { FrameParser } from '../../src/protocol/frame-parser.ts';
import { binary, bytes, text } from '../support/bytes.ts';

const RULES: HeaderRules = { sender: 'client', payloadBytesMax: 1_048_576, ownedReservedBits: 0 };

/** The pieces that the parser returns for these reads: opcode, first, last, payload. */
function piecesOf(reads: readonly Uint8Array[]): string[] {
  const parser = new FrameParser(RULES);
  return reads.flatMap((read) => {
    parser.push(read);
    return drain(parser);
  });
}

function drain(parser: FrameParser): string[] {
  const found: string[] = [];
  for (let step = parser.next(); step !== undefined; step = parser.next()) {
    if (step.kind === 'violation') return [...found, step.code];
    const marks = `${step.isFirst ? 'first' : ''}${step.isLast ? 'last' : ''}`;
    found.push(`${step.header.opcode} ${marks} ${Buffer.from(step.payload)}`);
  }
  return found;
}

test('a frame that arrives completely is one piece', () => {
  assert.deepEqual(piecesOf([bytes('8185 37fa213d 7f9f4d5158')]), ['1 firstlast Hello']);
});

test('several frames of one read are returned in order', () => {
  const read = Buffer.concat([text('a'), binary('b'), text('')]);

  assert.deepEqual(piecesOf([read]), ['1 firstlast a', '2 firstlast b', '1 firstlast ']);
});

test('a header is returned before its payload, and the payload as it arrives', () => {
  const frame = text('Hello');

  const found = piecesOf([frame.subarray(0, 6), frame.subarray(6, 8), frame.subarray(8)]);

  assert.deepEqual(found, ['1 first ', '1  He', '1 last llo']);
});

test('the mask key continues across reads of single bytes', () => {
  const reads = [...text('Hello')].map((byte) => Uint8Array.of(byte));

  const found = piecesOf(reads);

  assert.deepEqual(found, ['1 first ', '1  H', '1  e', '1  l', '1  l', '1 last o']);
});

test('an incomplete header waits for the remaining bytes', () => {
  const parser = new FrameParser(RULES);
  const frame = binary(Buffer.alloc(300, 'x'));

  parser.push(Buffer.from(frame.subarray(0, 3)));

  assert.equal(parser.next(), undefined);
  assert.equal(parser.isInsideFrame, true);
  parser.push(Buffer.from(frame.subarray(3)));
  assert.equal(drain(parser)[0], `2 firstlast ${'x'.repeat(300)}`);
  assert.equal(parser.isInsideFrame, false);
});

test('an invalid header is rejected on its second byte, even if it is incomplete', () => {
  assert.deepEqual(piecesOf([bytes('83'), bytes('80')]), ['INVALID_OPCODE']);
});

test('an invalid header is rejected after the valid frames of the same read', () => {
  assert.deepEqual(piecesOf([Buffer.concat([text('a'), bytes('8105')])]), [
    '1 firstlast a',
    'UNMASKED_CLIENT_FRAME',
  ]);
});

test('bytes that are pushed before earlier ones were read follow them', () => {
  const parser = new FrameParser(RULES);
  const frame = text('Hello');
  parser.push(Buffer.from(frame.subarray(0, 8)));

  parser.push(Buffer.from(frame.subarray(8)));

  assert.equal(parser.hasUnreadBytes, true);
  assert.deepEqual(drain(parser), ['1 firstlast Hello']);
  assert.equal(parser.hasUnreadBytes, false);
});

test('a payload is unmasked in place', () => {
  const read = text('Hello');
  const parser = new FrameParser(RULES);
  parser.push(read);

  const step = parser.next();

  assert(step?.kind === 'piece');
  assert.equal(step.payload.buffer, read.buffer);
  assert.equal(read.subarray(6).toString(), 'Hello');
});
