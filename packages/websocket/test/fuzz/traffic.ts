/** Valid traffic of a client, frame by frame, before mutation. */
import { constants, deflateRawSync } from 'node:zlib';
import { applyMask } from '../../src/protocol/mask.ts';
import type { SeededRandom } from './seeded-random.ts';

/** A frame, separated into the parts that mutations change. */
export interface ClientFrame {
  /** FIN, RSV bits and opcode. */
  first: number;
  isMasked: boolean;
  key: number;
  /** Bytes of the length field after the second byte. */
  lengthBytes: 0 | 2 | 8;
  /** Value of the length field. */
  length: bigint;
  payload: Buffer;
}

const FINAL = 0x80;
const COMPRESSED = 0x40;
const TEXT = 0x1;
const BINARY = 0x2;

/** Text of one to four bytes a character. */
const ALPHABET = [...'ab é€😀\u0000ÿ\u07ff\uffff'] as [string, ...string[]];

/** Most are small; some cross the length forms. */
const SIZES = [0, 1, 5, 20, 80, 125, 126, 300] as const;
const LARGE_SIZES = [65_535, 65_536, 70_000] as const;

/** This many messages and control frames; messages may be fragmented. */
export function makeTraffic(
  random: SeededRandom,
  { count, isDeflated }: { readonly count: number; readonly isDeflated: boolean },
): ClientFrame[] {
  const frames: ClientFrame[] = [];
  while (frames.length < count) {
    if (random.isOneIn(5)) frames.push(controlFrame(random));
    else frames.push(...message(random, isDeflated));
  }
  return frames;
}

export function encode(frame: ClientFrame): Buffer {
  const { first, isMasked, key, lengthBytes, length, payload } = frame;
  const code = lengthBytes === 8 ? 127 : lengthBytes === 2 ? 126 : Number(length & 0x7fn);
  const header = Buffer.alloc(2 + lengthBytes + (isMasked ? 4 : 0));
  header[0] = first;
  header[1] = (isMasked ? 0x80 : 0) | code;
  if (lengthBytes === 2) header.writeUInt16BE(Number(length & 0xffffn), 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(length, 2);
  if (!isMasked) return Buffer.concat([header, payload]);
  header.writeUInt32BE(key, header.length - 4);
  const masked = Buffer.from(payload);
  applyMask(masked, key);
  return Buffer.concat([header, masked]);
}

export function makeFrame(random: SeededRandom, first: number, payload: Buffer): ClientFrame {
  const { length } = payload;
  return {
    first,
    isMasked: true,
    key: random.next(),
    lengthBytes: length < 126 ? 0 : length < 65_536 ? 2 : 8,
    length: BigInt(length),
    payload,
  };
}

function controlFrame(random: SeededRandom): ClientFrame {
  const opcode = random.pick([0x9, 0x9, 0xa]);
  return makeFrame(random, FINAL | opcode, random.bytes(random.pick([0, 4, 125])));
}

function message(random: SeededRandom, isDeflated: boolean): ClientFrame[] {
  const isText = random.isOneIn(2);
  const size = random.isOneIn(200) ? random.pick(LARGE_SIZES) : random.pick(SIZES);
  const content = isText ? text(random, size) : random.bytes(size);
  const isCompressed = isDeflated && !random.isOneIn(3);
  const payload = isCompressed ? compress(content) : content;
  const first = (isCompressed ? COMPRESSED : 0) | (isText ? TEXT : BINARY);
  if (!random.isOneIn(4)) return [makeFrame(random, FINAL | first, payload)];
  return inFragments(random, first, payload);
}

/** Split anywhere, also inside characters, with control frames between. */
function inFragments(random: SeededRandom, first: number, payload: Buffer): ClientFrame[] {
  const frames: ClientFrame[] = [];
  const parts = 2 + random.below(4);
  let rest = payload;
  for (let part = 0; part < parts; part += 1) {
    const isLast = part === parts - 1;
    const size = isLast ? rest.length : random.below(rest.length + 1);
    const opcode = part === 0 ? first : 0x0;
    frames.push(makeFrame(random, (isLast ? FINAL : 0) | opcode, rest.subarray(0, size)));
    rest = rest.subarray(size);
    if (!isLast && random.isOneIn(3)) frames.push(controlFrame(random));
  }
  return frames;
}

function text(random: SeededRandom, characters: number): Buffer {
  return Buffer.from(Array.from({ length: characters }, () => random.pick(ALPHABET)).join(''));
}

/** Each message is compressed alone, so that any context can inflate it. */
function compress(content: Buffer): Buffer {
  const flushed = deflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH, level: 1 });
  return flushed.subarray(0, flushed.length - 4);
}
