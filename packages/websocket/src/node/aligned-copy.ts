/**
 * Where large copies begin. The C library copies from 2 KiB on with one instruction, which takes
 * 15 times as long on AMD's Zen 3 and 4 if the offset of the target within its page is 1 to 15
 * bytes above that of the source (glibc bug 30994), as happens with payloads that follow a header.
 * Memory begins at a multiple of 16, so offsets with equal remainders exclude that.
 */
const ALIGNMENT_BYTES = 16;

const ALIGNED_BYTES_MIN = 2_048;

/** The first offset from `offset` on for a copy of `source`, preceded by `headerBytes` others. */
export function copyOffset(offset: number, source: Uint8Array, headerBytes = 0): number {
  if (source.length < ALIGNED_BYTES_MIN) return offset;
  // A difference below zero has the right low bits, too.
  return offset + ((source.byteOffset - headerBytes - offset) & (ALIGNMENT_BYTES - 1));
}
