/** Mutates valid traffic: one frame of it, or its bytes. */
import type { SeededRandom } from './seeded-random.ts';
import { type ClientFrame, encode, makeFrame } from './traffic.ts';

type FrameMutation = (frames: ClientFrame[], at: number, random: SeededRandom) => void;
type ByteMutation = (stream: Buffer, at: number, random: SeededRandom) => Buffer;

const LENGTHS = [
  0n,
  125n,
  126n,
  0xffffn,
  0x1_0000n,
  2n ** 31n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
] as const;

const CLOSE_CODES = [0, 999, 1000, 1001, 1004, 1005, 1006, 1015, 2999, 3000, 4999, 5000] as const;

const BAD_TEXT = ['ff', 'c0af', 'eda080', 'f4908080', 'e282', '80'] as const;

const FRAME_MUTATIONS: Readonly<Record<string, FrameMutation>> = {
  opcode: change((frame, random) => {
    frame.first = (frame.first & 0xf0) | random.below(16);
  }),
  'final bit': change((frame) => {
    frame.first ^= 0x80;
  }),
  'reserved bits': change((frame, random) => {
    frame.first |= random.pick([0x40, 0x20, 0x10, 0x70]);
  }),
  'mask bit': change((frame) => {
    frame.isMasked = false;
  }),
  'long length': change((frame, random) => {
    frame.lengthBytes = random.pick([2, 8]);
  }),
  'wrong length': change((frame, random) => {
    frame.lengthBytes = random.pick([0, 2, 8]);
    frame.length = random.pick(LENGTHS);
  }),
  'bad text': change((frame, random) => {
    const bad = Buffer.from(random.pick(BAD_TEXT), 'hex');
    const cut = random.below(frame.payload.length + 1);
    const { payload } = frame;
    replace(frame, Buffer.concat([payload.subarray(0, cut), bad, payload.subarray(cut)]));
  }),
  'long control': (frames, at, random) => {
    frames.splice(at, 0, makeFrame(random, random.pick([0x88, 0x89, 0x8a]), random.bytes(126)));
  },
  'close frame': (frames, at, random) => {
    const code = Buffer.alloc(2);
    code.writeUInt16BE(random.pick(CLOSE_CODES));
    const reason = random.bytes(random.below(8));
    frames.splice(
      at,
      0,
      makeFrame(random, 0x88, Buffer.concat([code, reason]).subarray(0, random.below(11))),
    );
  },
  'dropped frame': (frames, at) => {
    frames.splice(at, 1);
  },
  'doubled frame': (frames, at) => {
    frames.splice(at, 0, ...frames.slice(at, at + 1));
  },
  'moved frame': (frames, at, random) => {
    frames.splice(random.below(frames.length), 0, ...frames.splice(at, 1));
  },
  'empty fragments': (frames, at, random) => {
    const empty = Array.from({ length: 300 }, () => makeFrame(random, 0x00, Buffer.alloc(0)));
    frames.splice(at, 0, makeFrame(random, 0x01, Buffer.alloc(0)), ...empty);
  },
};

const BYTE_MUTATIONS: Readonly<Record<string, ByteMutation>> = {
  'flipped bit': (stream, at, random) => {
    stream[at] = (stream[at] ?? 0) ^ (1 << random.below(8));
    return stream;
  },
  'other byte': (stream, at, random) => {
    stream[at] = random.below(256);
    return stream;
  },
  'lost bytes': (stream, at, random) => without(stream, at, 1 + random.below(20)),
  'strange bytes': (stream, at, random) =>
    Buffer.concat([
      stream.subarray(0, at),
      random.bytes(1 + random.below(40)),
      stream.subarray(at),
    ]),
  'repeated bytes': (stream, at, random) =>
    Buffer.concat([stream.subarray(0, at + random.below(40)), stream.subarray(at)]),
  'cut off': (stream, at) => stream.subarray(0, at),
  nothing: (stream) => stream,
};

interface Mutated {
  readonly stream: Buffer;
  /** For the failure message. */
  readonly mutation: string;
}

/** The traffic as bytes with one mutation, late enough that most of it is read. */
export function mutate(frames: readonly ClientFrame[], random: SeededRandom): Mutated {
  const names = [...Object.keys(FRAME_MUTATIONS), ...Object.keys(BYTE_MUTATIONS)];
  const mutation = names[random.below(names.length)] ?? 'nothing';
  const changed = frames.map((frame) => ({ ...frame }));
  FRAME_MUTATIONS[mutation]?.(changed, lateIndex(changed.length, random), random);
  const stream = Buffer.concat(changed.map(encode));
  const byteMutation = BYTE_MUTATIONS[mutation];
  return {
    stream: byteMutation?.(stream, lateIndex(stream.length, random), random) ?? stream,
    mutation,
  };
}

/** In the second half. */
function lateIndex(length: number, random: SeededRandom): number {
  const half = Math.floor(length / 2);
  return half + random.below(Math.max(length - half, 1));
}

function change(edit: (frame: ClientFrame, random: SeededRandom) => void): FrameMutation {
  return (frames, at, random) => {
    const frame = frames[at];
    if (frame !== undefined) edit(frame, random);
  };
}

function replace(frame: ClientFrame, payload: Buffer): void {
  const { length } = payload;
  frame.payload = payload;
  frame.length = BigInt(length);
  frame.lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
}

function without(stream: Buffer, at: number, count: number): Buffer {
  return Buffer.concat([stream.subarray(0, at), stream.subarray(at + count)]);
}
