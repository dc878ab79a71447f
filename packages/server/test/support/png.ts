/** Makes small PNG files. */
import { crc32, deflateSync } from 'node:zlib';

/** A picture of one colour, with a text as metadata. */
export function pngOf(width: number, height: number, text = ''): Buffer {
  const row = Buffer.alloc(1 + width * 3, 0x55);
  row[0] = 0;
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  return assemble(width, height, deflateSync(rows), text);
}

/** Says that it has far more pixels than anything should decode. */
export function pngBombOf(side: number): Buffer {
  return assemble(side, side, deflateSync(Buffer.alloc(20_000_000)), '');
}

function assemble(width: number, height: number, data: Buffer, text: string): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(text === '' ? [] : [chunk('tEXt', Buffer.from(`Comment\0${text}`))]),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
