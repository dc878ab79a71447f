/** Finds the type of a file, and the size of a picture, in its bytes. Pure. */

export interface Sniffed {
  readonly type: string;
  /** Undefined if it is no picture, or its header does not show them. */
  readonly pixels?: { readonly width: number; readonly height: number } | undefined;
}

/** Everything that a browser might run, and everything unknown. */
const UNKNOWN = 'application/octet-stream';
/** Of every language: browsers show it as letters, and run nothing of it. */
const TEXT = 'text/plain; charset=utf-8';
/** Those that no line of text has; a tab, a line feed, a form feed and a carriage return are none. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\0-\x08\x0b\x0e-\x1f\x7f-\x9f]/;
/** As in the file formats; `null` fits any byte. */
const SIGNATURES: readonly (readonly [type: string, bytes: readonly (number | null)[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38, null, 0x61]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50]],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['application/zip', [0x50, 0x4b, 0x03, 0x04]],
  ['application/gzip', [0x1f, 0x8b]],
  ['video/mp4', [null, null, null, null, 0x66, 0x74, 0x79, 0x70]],
  // QuickTime before it had brands.
  ['video/quicktime', [0x00, null, null, null, 0x6d, 0x6f, 0x6f, 0x76]],
  ['video/quicktime', [0x00, null, null, null, 0x6d, 0x64, 0x61, 0x74]],
  ['video/quicktime', [0x00, 0x00, 0x00, 0x08, 0x77, 0x69, 0x64, 0x65]],
  ['image/tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['image/tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  ['image/tiff', [0x49, 0x49, 0x2b, 0x00]],
  ['image/tiff', [0x4d, 0x4d, 0x00, 0x2b]],
  ['video/webm', [0x1a, 0x45, 0xdf, 0xa3]],
  ['audio/ogg', [0x4f, 0x67, 0x67, 0x53, 0x00]],
  ['audio/wav', [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x41, 0x56, 0x45]],
  ['audio/flac', [0x66, 0x4c, 0x61, 0x43]],
  ['audio/mpeg', [0x49, 0x44, 0x33]],
];

/** A file of boxes names what it is compatible with before this byte. */
const BRANDS_END = 256;

/** Bytes at the beginning of a file in which sizes of pictures are looked for. */
export const SNIFFED_BYTES = 64 * 1024;

export function sniffType(head: Uint8Array): Sniffed {
  const [signed = frameTypeOf(head)] =
    SIGNATURES.find(([, bytes]) =>
      bytes.every((byte, index) => byte === null || head[index] === byte),
    ) ?? [];
  const type = containedType(signed, head);
  return { type, pixels: pixelsOf(type, new DataView(head.buffer, head.byteOffset, head.length)) };
}

/** Whether a file is text in UTF-8, from its first to its last byte. */
export class TextCheck {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #isText = true;
  #isEmpty = true;

  /** The next bytes; a part may end within a character. */
  add(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#isEmpty = false;
    this.#decode(bytes, true);
  }

  /** After the last bytes. */
  isText(): boolean {
    this.#decode(new Uint8Array(), false);
    return this.#isText && !this.#isEmpty;
  }

  #decode(bytes: Uint8Array, stream: boolean): void {
    if (!this.#isText) return;
    try {
      this.#isText = !CONTROLS.test(this.#decoder.decode(bytes, { stream }));
    } catch {
      this.#isText = false;
    }
  }
}

/** The type of a file of which the beginning says nothing else. */
export function typeOf({ type }: Sniffed, text: TextCheck): string {
  return type === UNKNOWN && text.isText() ? TEXT : type;
}

/** Sound without a header: the first frame of MPEG layer III, or of AAC. */
function frameTypeOf([first = 0, second = 0, third = 0]: Uint8Array): string {
  if (first !== 0xff) return UNKNOWN;
  const [rate, frequency] = [third >> 4, (third >> 2) & 3];
  const isLayer3 = (second & 0xe6) === 0xe2 && (second & 0x18) !== 0x08;
  if (isLayer3 && rate !== 0 && rate !== 15 && frequency !== 3) return 'audio/mpeg';
  return (second & 0xf6) === 0xf0 && ((third >> 2) & 15) < 13 ? 'audio/aac' : UNKNOWN;
}

/** Containers hold sound, pictures, or both: the names of what they hold are in their beginning. */
function containedType(type: string, head: Uint8Array): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const holds = (...names: readonly string[]): boolean =>
    names.some((name) => bytes.includes(name, 0, 'latin1'));
  switch (type) {
    case 'video/mp4': {
      const brand = bytes.toString('latin1', 8, 12);
      const brands = bytes.toString('latin1', 8, Math.min(bytes.readUInt32BE(0), BRANDS_END));
      if (/^(?:hei|hev|mif|msf|avi|crx)/.test(brand)) return pictureTypeOf(brands);
      if (brand === 'qt  ') return 'video/quicktime';
      const isSound = /^M4[AB] /.test(brand) || (holds('soun') && !holds('vide'));
      return isSound ? 'audio/mp4' : type;
    }
    case 'video/webm':
      if (!bytes.subarray(0, 64).includes('webm')) return 'video/x-matroska';
      return holds('A_OPUS', 'A_VORBIS') && !holds('V_VP', 'V_AV1') ? 'audio/webm' : type;
    case 'audio/ogg':
      if (holds('\x80theora')) return 'video/ogg';
      return holds('OpusHead', '\x01vorbis', '\x7fFLAC') ? type : UNKNOWN;
    default:
      return type;
  }
}

function pictureTypeOf(brands: string): string {
  if (/avi[fs]/.test(brands)) return 'image/avif';
  return /hei[cxms]|hev[cxms]/.test(brands) ? 'image/heic' : 'image/heif';
}

/** Types that browsers show and never run. */
export function isPicture(type: string): boolean {
  return type.startsWith('image/');
}

function pixelsOf(type: string, view: DataView): Sniffed['pixels'] {
  try {
    switch (type) {
      case 'image/png':
        return { width: view.getUint32(16), height: view.getUint32(20) };
      case 'image/gif':
        return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
      case 'image/jpeg':
        return jpegPixels(view);
      case 'image/webp':
        return webpPixels(view);
      default:
        return undefined;
    }
  } catch (error) {
    // The file ends before the field.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Frame headers (SOF) are the markers C0 to CF, without tables (C4), extensions (C8) and DAC (CC). */
function jpegPixels(view: DataView): Sniffed['pixels'] {
  for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
  }
  return undefined;
}

function webpPixels(view: DataView): Sniffed['pixels'] {
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  const chunk = String.fromCharCode(...[12, 13, 14, 15].map((at) => view.getUint8(at)));
  if (chunk === 'VP8X') return { width: uint24(24) + 1, height: uint24(27) + 1 };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  const size = (at: number) => view.getUint16(at, true) & 0x3fff;
  return { width: size(26), height: size(28) };
}
