/**
 * Copies a moving PNG (APNG) without its texts, Exif and times: libvips would keep one of its frames. The others are
 * not decoded here, so their sizes are counted.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { FileInPlace } from './file-in-place.ts';

const SIGNATURE_BYTES = 8;
/** Length and name before the data of a chunk, and the sum behind them. */
const AROUND_BYTES = 12;
const CHUNKS_MAX = 100_000;
const PIECE_BYTES = 64 * 1024;
/** Chunks of the frames and their colours. */
const KEPT = new Set([
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'bKGD'],
  ...['pHYs', 'sPLT', 'hIST', 'cICP', 'mDCV', 'cLLI', 'acTL', 'fcTL', 'fdAT'],
]);

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly length: number;
}

/** Whether a PNG has frames, as it says before its first one. */
export function isMovingPng(path: string): boolean {
  return withFile(path, (file) => {
    for (const { type } of chunksOf(file)) {
      if (type === 'acTL' || type === 'IDAT') return type === 'acTL';
    }
    return false;
  });
}

/**
 * @param pixelsMax Of all frames together.
 * @returns `over` beyond it.
 * @throws if the file is damaged.
 */
export function copyMovingPng(from: string, to: string, pixelsMax: number): 'copied' | 'over' {
  return withFile(from, (file) => {
    const target = openSync(to, 'wx', 0o600);
    try {
      writeSync(target, file.read(0, SIGNATURE_BYTES));
      let pixels = 0;
      for (const chunk of chunksOf(file)) {
        if (chunk.type === 'fcTL') {
          const frame = file.read(chunk.start + SIGNATURE_BYTES, chunk.length);
          pixels += frame.readUInt32BE(4) * frame.readUInt32BE(8);
          if (pixels > pixelsMax) return 'over';
        }
        if (KEPT.has(chunk.type)) copy(file, chunk, target);
      }
      return 'copied';
    } finally {
      closeSync(target);
    }
  });
}

function withFile<T>(path: string, work: (file: FileInPlace) => T): T {
  const file = new FileInPlace(path);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

/** Up to the end of the picture; what is behind it is none of it. @throws if the file ends before. */
function* chunksOf(file: FileInPlace): Generator<Chunk> {
  let start = SIGNATURE_BYTES;
  for (let left = CHUNKS_MAX; left > 0; left--) {
    const head = file.read(start, 8);
    const chunk = { type: head.toString('latin1', 4), start, length: head.readUInt32BE(0) };
    yield chunk;
    if (chunk.type === 'IEND') return;
    start += AROUND_BYTES + chunk.length;
  }
  throw new Error('The picture has too many chunks');
}

/** @throws if its sum is wrong. */
function copy(file: FileInPlace, { start, length }: Chunk, target: number): void {
  const end = start + 8 + length;
  let sum = 0;
  writeSync(target, file.read(start, 4));
  for (let at = start + 4; at < end; at += PIECE_BYTES) {
    const piece = file.read(at, Math.min(PIECE_BYTES, end - at));
    sum = crc32(piece, sum);
    writeSync(target, piece);
  }
  const written = file.read(end, 4);
  if (written.readUInt32BE() !== sum) throw new Error('A chunk of the picture is damaged');
  writeSync(target, written);
}
