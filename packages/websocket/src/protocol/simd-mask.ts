/**
 * Masking 16 bytes at a time, by a WebAssembly function of 106 bytes.
 *
 * JavaScript has no wider XOR than 32 bits. The bytes are copied into the
 * function's memory and back, which still is several times faster than words
 * from some hundred bytes on (docs/benchmarks.md).
 */

/**
 * XORs in place with a key whose lowest byte comes first; tells whether a byte has
 * its high bit set afterwards.
 */
export type MaskBytes = (bytes: Uint8Array, key: number) => boolean;

const BLOCK_BYTES = 16;

/** The memory of the function: one page, which is also the most that one read brings. */
const MEMORY_BYTES = 65_536;

/**
 * (module
 *   (memory (export "memory") 1)
 *   (func (export "mask") (param $end i32) (param $key i32) (result i32)
 *     (local $at i32) (local $keys v128) (local $seen v128) (local $block v128)
 *     (local.set $keys (i32x4.splat (local.get $key)))
 *     (loop
 *       (v128.store (local.get $at)
 *         (local.tee $block (v128.xor (v128.load (local.get $at)) (local.get $keys))))
 *       (local.set $seen (v128.or (local.get $seen) (local.get $block)))
 *       (br_if 0 (i32.lt_u
 *         (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
 *     (i8x16.bitmask (local.get $seen))))
 */
// biome-ignore format: One line for each part of the module, or instruction of the function.
const MODULE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic number, version
  0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f, // types: (i32, i32) -> i32
  0x03, 0x02, 0x01, 0x00, // functions: one, of this type
  0x05, 0x03, 0x01, 0x00, 0x01, // memory: one page
  0x07, 0x11, 0x02, // exports
  0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00, // "memory"
  0x04, 0x6d, 0x61, 0x73, 0x6b, 0x00, 0x00, // "mask"
  0x0a, 0x3b, 0x01, 0x39, // code: one body
  0x02, 0x01, 0x7f, 0x03, 0x7b, // locals: one i32, three v128
  0x20, 0x01, // local.get $key
  0xfd, 0x11, // i32x4.splat
  0x21, 0x03, // local.set $keys
  0x03, 0x40, // loop
  0x20, 0x02, // local.get $at
  0x20, 0x02, // local.get $at
  0xfd, 0x00, 0x04, 0x00, // v128.load
  0x20, 0x03, // local.get $keys
  0xfd, 0x51, // v128.xor
  0x22, 0x05, // local.tee $block
  0xfd, 0x0b, 0x04, 0x00, // v128.store
  0x20, 0x04, // local.get $seen
  0x20, 0x05, // local.get $block
  0xfd, 0x50, // v128.or
  0x21, 0x04, // local.set $seen
  0x20, 0x02, // local.get $at
  0x41, 0x10, // i32.const 16
  0x6a, // i32.add
  0x22, 0x02, // local.tee $at
  0x20, 0x00, // local.get $end
  0x49, // i32.lt_u
  0x0d, 0x00, // br_if 0
  0x0b, // end of loop
  0x20, 0x04, // local.get $seen
  0xfd, 0x64, // i8x16.bitmask
  0x0b, // end of function
);

/** What is used of the platform's `WebAssembly`, where there is one. */
interface WebAssemblyPlatform {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface MaskExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly mask: (end: number, key: number) => number;
}

/** `undefined` on a platform without WebAssembly or its vectors, or where its memory is refused. */
export function loadSimdMask(): MaskBytes | undefined {
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

function maskWith({ memory, mask }: MaskExports): MaskBytes {
  const room = new Uint8Array(memory.buffer);
  const maskInRoom: MaskBytes = (bytes, key) => {
    const byteCount = bytes.length;
    room.set(bytes);
    const end = Math.ceil(byteCount / BLOCK_BYTES) * BLOCK_BYTES;
    // What fills the last block becomes zero, and so has no high bit.
    for (let at = byteCount; at < end; at += 1) room[at] = key >>> ((at & 3) << 3);
    const highBits = mask(end, key);
    bytes.set(room.subarray(0, byteCount));
    return highBits !== 0;
  };
  return (bytes, key) => {
    if (bytes.length <= MEMORY_BYTES) return maskInRoom(bytes, key);
    let hasHighBit = false;
    for (let start = 0; start < bytes.length; start += MEMORY_BYTES) {
      hasHighBit = maskInRoom(bytes.subarray(start, start + MEMORY_BYTES), key) || hasHighBit;
    }
    return hasHighBit;
  };
}
