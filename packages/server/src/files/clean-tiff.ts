/**
 * Removes what pictures in TIFF, and in DNG, which phones make of it, hold beside the picture: place, camera, times,
 * texts. Only the entries that are listed here stay; the values of all others become zeros in their place.
 */
import { type FileInPlace, Uncleanable } from './file-in-place.ts';

interface Entry {
  readonly tag: number;
  readonly bytes: Buffer;
  /** Where the value is, and how long. */
  readonly at: number;
  readonly length: number;
}

interface Reading {
  readonly uint16: (bytes: Buffer, at?: number) => number;
  readonly uint32: (bytes: Buffer, at?: number) => number;
  readonly toUint16: (value: number) => Buffer;
}

/** Lists of entries, and entries of one. */
const LISTS_MAX = 200;
const ENTRIES_MAX = 1000;
const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const MAGIC = 42;
/** Bytes of a value, by its type. */
const BYTES_OF_TYPE = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const LONG = 4;

const MAKE = 271;
const COMPRESSION = 259;
const SUB_LISTS = 330;
/** Exif, GPS, and what Exif refers to. */
const REMOVED_LISTS = new Set([34665, 34853, 40965]);
const DNG_VERSION = 50706;
const CAMERA_MODEL = 50708;
/** Needed by the readers of DNG. */
const ANY_CAMERA = Buffer.from('Camera');
/** Size, colours, coding and place of the pixels; profiles of colours. */
const KEPT: readonly (readonly [first: number, last: number])[] = [
  ...([
    [254, 259],
    [262, 266],
    [273, 274],
    [277, 284],
    [290, 293],
    [296, 297],
    [301, 301],
  ] as const),
  ...([
    [317, 325],
    [330, 330],
    [332, 332],
    [334, 334],
    [336, 336],
    [338, 342],
    [347, 347],
  ] as const),
  ...([
    [512, 521],
    [529, 532],
    [33421, 33422],
    [34675, 34675],
  ] as const),
];
/** Of DNG, but serial numbers, names of files and programs, private data, and times. */
const KEPT_OF_DNG: readonly (readonly [first: number, last: number])[] = [
  ...([
    [50706, 50708],
    [50710, 50734],
    [50737, 50739],
    [50752, 50780],
    [50829, 50830],
  ] as const),
  ...([
    [50879, 50879],
    [50935, 50935],
    [50937, 50941],
    [50974, 51022],
    [51043, 51044],
  ] as const),
  ...([
    [51081, 51112],
    [51125, 51180],
    [52525, 52600],
  ] as const),
];
/** Codings of TIFF; others are of cameras, which need what would be removed. */
const CODINGS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34892, 34925, 50000, 50001, 52546]);

/** @throws {Uncleanable} The file is not to be used then: it is damaged, or a raw file of a camera. */
export function cleanTiff(file: FileInPlace): void {
  const head = file.read(0, HEADER_BYTES);
  const isLittle = head.toString('latin1', 0, 2) === 'II';
  const reading: Reading = isLittle
    ? {
        uint16: (bytes, at = 0) => bytes.readUInt16LE(at),
        uint32: (bytes, at = 0) => bytes.readUInt32LE(at),
        toUint16: (value) => Buffer.from([value & 0xff, value >> 8]),
      }
    : {
        uint16: (bytes, at = 0) => bytes.readUInt16BE(at),
        uint32: (bytes, at = 0) => bytes.readUInt32BE(at),
        toUint16: (value) => Buffer.from([value >> 8, value & 0xff]),
      };
  if (reading.uint16(head, 2) !== MAGIC) throw new Uncleanable();
  new TiffCleaner(file, reading).clean(reading.uint32(head, 4));
}

class TiffCleaner {
  readonly #file: FileInPlace;
  readonly #reading: Reading;
  readonly #seen = new Set<number>();

  constructor(file: FileInPlace, reading: Reading) {
    this.#file = file;
    this.#reading = reading;
  }

  clean(first: number): void {
    const { entries } = this.#listAt(first);
    const tags = new Set(entries.map(({ tag }) => tag));
    const isDng = tags.has(DNG_VERSION);
    const isCanon = this.#file.read(HEADER_BYTES, 2).toString('latin1') === 'CR';
    // The raw pictures of a camera are in lists below the first, and cannot be read without its own notes.
    if (!isDng && (isCanon || (tags.has(MAKE) && tags.has(SUB_LISTS)))) throw new Uncleanable();
    const kept = isDng ? [...KEPT, ...KEPT_OF_DNG] : KEPT;
    for (let at = first; at !== 0; ) at = this.#cleanList(at, kept, isDng);
  }

  /** Returns where the next list is; 0 behind the last. */
  #cleanList(at: number, kept: typeof KEPT, isDng: boolean): number {
    if (this.#seen.has(at) || this.#seen.size >= LISTS_MAX) throw new Uncleanable();
    this.#seen.add(at);
    const { entries, next } = this.#listAt(at);
    const left: Buffer[] = [];
    for (const entry of entries) {
      const { tag, bytes } = entry;
      if (tag === COMPRESSION && !isDng && !CODINGS.has(this.#reading.uint16(bytes, 8))) {
        throw new Uncleanable();
      }
      if (tag === SUB_LISTS) {
        for (const child of this.#offsetsOf(entry)) this.#cleanList(child, kept, isDng);
      }
      if (kept.some(([first, last]) => first <= tag && tag <= last)) left.push(bytes);
      else this.#forget(entry);
      if (tag === CAMERA_MODEL) this.#rename(entry);
    }
    const end = at + 2 + entries.length * ENTRY_BYTES + 4;
    const follower = this.#file.read(end - 4, 4);
    this.#file.zero(at, end);
    const count = this.#reading.toUint16(left.length);
    this.#file.write(at, Buffer.concat([count, ...left, follower]));
    return next;
  }

  #forget(entry: Entry): void {
    const { tag, at, length } = entry;
    if (REMOVED_LISTS.has(tag)) {
      for (const child of this.#offsetsOf(entry)) this.#removeList(child);
    }
    this.#file.zero(at, at + length);
  }

  #removeList(at: number): void {
    if (this.#seen.has(at) || this.#seen.size >= LISTS_MAX) throw new Uncleanable();
    this.#seen.add(at);
    const { entries } = this.#listAt(at);
    for (const entry of entries) this.#forget(entry);
    this.#file.zero(at, at + 2 + entries.length * ENTRY_BYTES + 4);
  }

  #rename({ at, length }: Entry): void {
    // A value within its entry is written with that.
    if (length <= 4) return;
    this.#file.zero(at, at + length);
    this.#file.write(at, ANY_CAMERA.subarray(0, length - 1));
  }

  #offsetsOf({ bytes, at, length }: Entry): readonly number[] {
    if (length > LONG * LISTS_MAX) throw new Uncleanable();
    const value = length <= LONG ? bytes.subarray(8) : this.#file.read(at, length);
    return Array.from({ length: Math.floor(length / LONG) }, (_, index) =>
      this.#reading.uint32(value, index * LONG),
    );
  }

  #listAt(at: number): { readonly entries: readonly Entry[]; readonly next: number } {
    const { uint16, uint32 } = this.#reading;
    const count = uint16(this.#file.read(at, 2));
    if (at < HEADER_BYTES || count > ENTRIES_MAX) throw new Uncleanable();
    const list = this.#file.read(at + 2, count * ENTRY_BYTES + 4);
    const entries = Array.from({ length: count }, (_, index): Entry => {
      const start = index * ENTRY_BYTES;
      const bytes = list.subarray(start, start + ENTRY_BYTES);
      const size = BYTES_OF_TYPE[uint16(bytes, 2)];
      if (size === undefined) throw new Uncleanable();
      const length = size * uint32(bytes, 4);
      const isWithin = length <= 4;
      const place = isWithin ? at + 2 + start + 8 : uint32(bytes, 8);
      if (place + length > this.#file.size) throw new Uncleanable();
      return { tag: uint16(bytes), bytes, at: place, length };
    });
    return { entries, next: uint32(list, count * ENTRY_BYTES) };
  }
}
