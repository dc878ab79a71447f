/** Makes small animated GIF files. */

/** Frames of one pixel, of alternating colours: equal frames are joined when they are written again. */
export function gifOf(frames: number): Buffer {
  const black = [0, 0, 0];
  const white = [255, 255, 255];
  const screen = [1, 0, 1, 0, 0x80, 0, 0];
  // 100 ms each.
  const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  const descriptor = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0];
  // LZW: clear, the index of the colour, end.
  const pixel = (index: number) => [2, 2, 0x44 | (index << 3), 1, 0];
  const pictures = Array.from({ length: frames }, (_, n) => [
    ...[...control, ...descriptor, ...pixel(n % 2)],
  ]);
  return Buffer.concat([
    Buffer.from('GIF89a'),
    Buffer.from([...screen, ...black, ...white]),
    // Repeated for ever.
    Buffer.from([0x21, 0xff, 11]),
    Buffer.from('NETSCAPE2.0'),
    Buffer.from([3, 1, 0, 0, 0]),
    Buffer.from(pictures.flat()),
    Buffer.from([0x3b]),
  ]);
}
