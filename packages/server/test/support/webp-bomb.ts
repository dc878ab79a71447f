/**
 * A WebP picture of one colour that is decoded to many pixels: lossless (VP8L), with five prefix codes of
 * one symbol each.
 */
export function webpBombOf(side: number): Buffer {
  const size = BigInt(side - 1);
  // Width, height, transparency, version; no transform, no cache, no groups.
  let bits = size | (size << 14n) | (1n << 28n);
  for (let code = 0n; code < 5n; code += 1n) bits |= 1n << (35n + 4n * code);
  const data = Buffer.alloc(9);
  data[0] = 0x2f;
  data.writeBigUInt64LE(bits, 1);
  const padded = Buffer.concat([data, Buffer.alloc(1)]);
  const header = Buffer.from('RIFF....WEBPVP8L....');
  header.writeUInt32LE(4 + 8 + padded.length, 4);
  header.writeUInt32LE(data.length, 16);
  return Buffer.concat([header, padded]);
}
