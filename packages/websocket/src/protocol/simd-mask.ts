/**
 * Masks 64 or 16 bytes at a time with a WebAssembly module of 313 bytes: JavaScript has no XOR wider
 * than 32 bits. Bytes outside of its memory are copied in and back, which is still several times
 * faster from some hundred bytes on (docs/benchmarks.md).
 */

/**
 * XORs in place with a key whose lowest byte comes first; returns whether a high bit is set then.
 */
export type MaskRange = (bytes: Uint8Array, key: number, start: number, end: number) => boolean;

export interface SimdMask {
  /** The first pages of the function's memory: bytes in this array are masked without a copy. */
  readonly room: Uint8Array;
  readonly mask: MaskRange;
}

/** Two pages of WebAssembly. */
const ROOM_BYTES = 131_072;
const COPY_BYTES = 65_536;

/**
 * (module
 *   (memory (export "memory") 3)
 *   (func (export "mask") (param $at i32) (param $end i32) (param $key i32) (result i32)
 *     (local $last i32) (local $byte i32) (local $bytes i32)
 *     (local $keys v128) (local $seen v128) (local $block v128)
 *     (local.set $keys (i32x4.splat (local.get $key)))
 *     (local.set $last (i32.sub (local.get $end) (i32.const 64)))
 *     (block (br_if 0 (i32.gt_s (local.get $at) (local.get $last)))
 *       (loop
 *         (v128.store (local.get $at)
 *           (local.tee $block (v128.xor (v128.load (local.get $at)) (local.get $keys))))
 *         (local.get $block)
 *         (v128.store offset=16 (local.get $at)
 *           (local.tee $block (v128.xor (v128.load offset=16 (local.get $at)) (local.get $keys))))
 *         (v128.or (local.get $block))
 *         (v128.store offset=32 (local.get $at)
 *           (local.tee $block (v128.xor (v128.load offset=32 (local.get $at)) (local.get $keys))))
 *         (local.get $block)
 *         (v128.store offset=48 (local.get $at)
 *           (local.tee $block (v128.xor (v128.load offset=48 (local.get $at)) (local.get $keys))))
 *         (v128.or (v128.or (local.get $block)))
 *         (local.set $seen (v128.or (local.get $seen)))
 *         (br_if 0 (i32.le_s
 *           (local.tee $at (i32.add (local.get $at) (i32.const 64))) (local.get $last)))))
 *     (local.set $last (i32.add (local.get $last) (i32.const 48)))
 *     (block (br_if 0 (i32.gt_s (local.get $at) (local.get $last)))
 *       (loop
 *         (v128.store (local.get $at)
 *           (local.tee $block (v128.xor (v128.load (local.get $at)) (local.get $keys))))
 *         (local.set $seen (v128.or (local.get $seen) (local.get $block)))
 *         (br_if 0 (i32.le_s
 *           (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $last)))))
 *     (block (br_if 0 (i32.ge_u (local.get $at) (local.get $end)))
 *       (loop
 *         (i32.store8 (local.get $at)
 *           (local.tee $byte (i32.xor (i32.load8_u (local.get $at)) (local.get $key))))
 *         (local.set $bytes (i32.or (local.get $bytes) (local.get $byte)))
 *         (local.set $key (i32.rotr (local.get $key) (i32.const 8)))
 *         (br_if 0 (i32.lt_u
 *           (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $end)))))
 *     (i32.or (i8x16.bitmask (local.get $seen))
 *       (i32.and (local.get $bytes) (i32.const 128)))))
 */
// biome-ignore format: One line for each part of the module.
const MODULE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic number, version
  0x01, 0x08, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x01, 0x7f, // types: (i32, i32, i32) -> i32
  0x03, 0x02, 0x01, 0x00, // functions: one, of this type
  0x05, 0x03, 0x01, 0x00, 0x03, // memory: three pages
  0x07, 0x11, 0x02, // exports
  0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00, // "memory"
  0x04, 0x6d, 0x61, 0x73, 0x6b, 0x00, 0x00, // "mask"
  0x0a, 0x88, 0x02, 0x01, 0x85, 0x02, // code: one body
  0x02, 0x03, 0x7f, 0x03, 0x7b, // locals: three i32, three v128
  // The instructions, in the order of the text above.
  0x20, 0x02, 0xfd, 0x11, 0x21, 0x06, 0x20, 0x01, 0x41, 0xc0, 0x00, 0x6b, 0x21, 0x03, 0x02, 0x40,
  0x20, 0x00, 0x20, 0x03, 0x4a, 0x0d, 0x00, 0x03, 0x40, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x00, 0x00,
  0x00, 0x20, 0x06, 0xfd, 0x51, 0x22, 0x08, 0xfd, 0x0b, 0x00, 0x00, 0x20, 0x08, 0x20, 0x00, 0x20,
  0x00, 0xfd, 0x00, 0x00, 0x10, 0x20, 0x06, 0xfd, 0x51, 0x22, 0x08, 0xfd, 0x0b, 0x00, 0x10, 0x20,
  0x08, 0xfd, 0x50, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x00, 0x00, 0x20, 0x20, 0x06, 0xfd, 0x51, 0x22,
  0x08, 0xfd, 0x0b, 0x00, 0x20, 0x20, 0x08, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x00, 0x00, 0x30, 0x20,
  0x06, 0xfd, 0x51, 0x22, 0x08, 0xfd, 0x0b, 0x00, 0x30, 0x20, 0x08, 0xfd, 0x50, 0xfd, 0x50, 0x20,
  0x07, 0xfd, 0x50, 0x21, 0x07, 0x20, 0x00, 0x41, 0xc0, 0x00, 0x6a, 0x22, 0x00, 0x20, 0x03, 0x4c,
  0x0d, 0x00, 0x0b, 0x0b, 0x20, 0x03, 0x41, 0x30, 0x6a, 0x21, 0x03, 0x02, 0x40, 0x20, 0x00, 0x20,
  0x03, 0x4a, 0x0d, 0x00, 0x03, 0x40, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x00, 0x00, 0x00, 0x20, 0x06,
  0xfd, 0x51, 0x22, 0x08, 0xfd, 0x0b, 0x00, 0x00, 0x20, 0x07, 0x20, 0x08, 0xfd, 0x50, 0x21, 0x07,
  0x20, 0x00, 0x41, 0x10, 0x6a, 0x22, 0x00, 0x20, 0x03, 0x4c, 0x0d, 0x00, 0x0b, 0x0b, 0x02, 0x40,
  0x20, 0x00, 0x20, 0x01, 0x4f, 0x0d, 0x00, 0x03, 0x40, 0x20, 0x00, 0x20, 0x00, 0x2d, 0x00, 0x00,
  0x20, 0x02, 0x73, 0x22, 0x04, 0x3a, 0x00, 0x00, 0x20, 0x05, 0x20, 0x04, 0x72, 0x21, 0x05, 0x20,
  0x02, 0x41, 0x08, 0x78, 0x21, 0x02, 0x20, 0x00, 0x41, 0x01, 0x6a, 0x22, 0x00, 0x20, 0x01, 0x49,
  0x0d, 0x00, 0x0b, 0x0b, 0x20, 0x07, 0xfd, 0x64, 0x20, 0x05, 0x41, 0x80, 0x01, 0x71, 0x72, 0x0b,
);

/** The used part of the platform's `WebAssembly`, if present. */
interface WebAssemblyPlatform {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface MaskExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly mask: (at: number, end: number, key: number) => number;
}

/** `undefined` on a platform without WebAssembly or its vectors, or if memory is short. */
export function loadSimdMask(): SimdMask | undefined {
  const { WebAssembly: platform } = globalThis as { WebAssembly?: WebAssemblyPlatform };
  if (platform === undefined) return undefined;
  try {
    const { exports } = new platform.Instance(new platform.Module(MODULE));
    // The module above exports these two.
    return maskWith(exports as MaskExports);
  } catch {
    return undefined;
  }
}

/** The first two pages are the shared read buffer, the third holds copies of other bytes. */
function maskWith({ memory, mask }: MaskExports): SimdMask {
  const room = new Uint8Array(memory.buffer, 0, ROOM_BYTES);
  const copies = new Uint8Array(memory.buffer, ROOM_BYTES, COPY_BYTES);
  return {
    room,
    mask: (bytes, key, start, end) => {
      if (bytes === room) return mask(start, end, key) !== 0;
      let highBits = 0;
      for (let at = start; at < end; at += COPY_BYTES) {
        const piece = bytes.subarray(at, Math.min(at + COPY_BYTES, end));
        copies.set(piece);
        highBits |= mask(ROOM_BYTES, ROOM_BYTES + piece.length, key);
        piece.set(copies.subarray(0, piece.length));
      }
      return highBits !== 0;
    },
  };
}
