/** Makes small files of phones that tell where they were made: `PLACE` stands in them. */
import { crc32, deflateSync } from 'node:zlib';

export const PLACE = '+48.2082+016.3738/';
/** Frames and samples stay as they are. */
export const MEDIA = Buffer.from('the bytes of frames and samples');

type Part = Buffer | string | number;

/** Numbers are of 32 bits. */
function bytesOf(parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      if (typeof part !== 'number') return part;
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(part);
      return bytes;
    }),
  );
}

export function box(type: string, ...parts: readonly Part[]): Buffer {
  const body = bytesOf(parts);
  return bytesOf([body.length + 8, type, body]);
}

const short = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const hdlr = (handler: string): Buffer => box('hdlr', 0, 0, handler, 0, 0, 0, '\0');
const time = 3_900_000_000;

/** A track of one sample. */
function track(handler: string, offset: number, size: number): Buffer {
  const description =
    handler === 'vide'
      ? box('avc1', Buffer.alloc(42), '\x0fPhone of Vienna', Buffer.alloc(20))
      : box('mp4a', Buffer.alloc(28));
  return box(
    'trak',
    box('tkhd', 0, time, time, 1, Buffer.alloc(68)),
    box(
      'mdia',
      box('mdhd', 0, time, time, 1000, 1000, 0),
      hdlr(handler),
      box(
        'minf',
        box(
          'stbl',
          box('stsd', 0, 1, description),
          box('stts', 0, 1, 1, 1000),
          box('stsc', 0, 1, 1, 1, 1),
          box('stsz', 0, size, 1),
          box('stco', 0, 1, offset),
        ),
      ),
    ),
    box('udta', box('name', PLACE)),
  );
}

/** A film or sound with its places in each way that phones and cameras write them. */
export function filmOf(brand: string, handler: string): Buffer {
  const ftyp = box('ftyp', brand, 0, brand);
  const mdat = box('mdat', MEDIA, PLACE);
  const at = ftyp.length + 8;
  return bytesOf([
    ftyp,
    mdat,
    box('free', PLACE),
    box(
      'moov',
      box('mvhd', 0, time, time, 1000, 1000, Buffer.alloc(80)),
      track(handler, at, MEDIA.length),
      // Positions during the film.
      track('meta', at + MEDIA.length, PLACE.length),
      box('udta', box('\xa9xyz', short(PLACE.length), short(0), PLACE), box('loci', 0, PLACE)),
      box('meta', hdlr('mdta'), box('keys', PLACE), box('ilst', PLACE)),
    ),
    box('uuid', Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex'), `<x:xmpmeta ${PLACE}`),
    // As some phones write it behind the last box.
    `SEFH${PLACE}SEFT`,
  ]);
}

/** A picture with Exif and XMP as items. */
export function heifOf(brand: string): Buffer {
  const item = (id: number, type: string) =>
    box('infe', 0x02_00_00_00, short(id), short(0), type, '\0');
  const exif = `\0\0\0\x06Exif\0\0MM\0*${PLACE}`;
  const xmp = `<x:xmpmeta ${PLACE}`;
  const ftyp = box('ftyp', brand, 0, 'mif1', brand);
  const metaOf = (start: number): Buffer => {
    const [second, third] = [start + MEDIA.length, start + MEDIA.length + exif.length];
    const place = (id: number, at: number, length: number) =>
      bytesOf([short(id), short(0), short(1), at, length]);
    return box(
      'meta',
      ...[0, hdlr('pict'), box('pitm', 0, short(1))],
      box('iinf', 0, short(3), item(1, 'hvc1'), item(2, 'Exif'), item(3, 'mime')),
      box(
        'iloc',
        ...[0, Buffer.from([0x44, 0x00]), short(3)],
        ...[place(1, start, MEDIA.length), place(2, second, exif.length)],
        place(3, third, xmp.length),
      ),
      box('iprp', box('ipco', box('ispe', 0, 4, 2), box('udes', PLACE)), box('ipma', 0, 0)),
    );
  };
  const start = ftyp.length + metaOf(0).length + 8;
  return bytesOf([ftyp, metaOf(start), box('mdat', MEDIA, exif, xmp), box('mpvd', PLACE)]);
}

interface TiffEntry {
  readonly tag: number;
  readonly type: number;
  readonly value: number | Buffer | readonly TiffEntry[];
}

/** Big-endian; lists within lists are those of Exif and of places. */
export function tiffOf(...more: readonly TiffEntry[]): Buffer {
  const text = (tag: number, value: string): TiffEntry => ({
    ...{ tag, type: 2, value: Buffer.from(`${value}\0`) },
  });
  const entries: readonly TiffEntry[] = [
    { tag: 256, type: 4, value: 31 },
    { tag: 257, type: 4, value: 1 },
    { tag: 258, type: 3, value: 8 << 16 },
    { tag: 259, type: 3, value: 1 << 16 },
    { tag: 262, type: 3, value: 1 << 16 },
    text(271, 'Phone of Vienna'),
    { tag: 273, type: 4, value: MEDIA },
    { tag: 279, type: 4, value: MEDIA.length },
    text(700, `<x:xmpmeta ${PLACE}`),
    { tag: 34665, type: 4, value: [text(37500, `notes ${PLACE}`)] },
    { tag: 34853, type: 4, value: [text(29, PLACE)] },
    ...more,
  ];
  const parts: Buffer[] = [Buffer.from('MM\0*\0\0\0\x08', 'latin1')];
  let end = 8;
  const write = (list: readonly TiffEntry[]): void => {
    const place = parts.length;
    parts.push(Buffer.alloc(0));
    end += 2 + list.length * 12 + 4;
    const rows = list.map(({ tag, type, value }) => {
      if (typeof value === 'number') return bytesOf([short(tag), short(type), 1, value]);
      const at = end;
      // The pixels are where the entry says, as lists are; texts are values of their own.
      const count = type === 2 && Buffer.isBuffer(value) ? value.length : 1;
      if (Buffer.isBuffer(value)) {
        parts.push(value);
        end += value.length;
      } else write(value as readonly TiffEntry[]);
      return bytesOf([short(tag), short(type), count, at]);
    });
    parts[place] = bytesOf([short(list.length), ...rows, 0]);
  };
  write(entries);
  return Buffer.concat(parts);
}

/** A moving PNG of one colour for each frame, with a place. */
export function movingPngOf(width: number, height: number, frames: number): Buffer {
  const chunk = (type: string, ...data: readonly Part[]): Buffer => {
    const body = bytesOf([type, ...data]);
    return bytesOf([body.length - 4, body, crc32(body)]);
  };
  const pixels = (index: number): Buffer => {
    const rows = Buffer.alloc((1 + width * 3) * height, index * 40);
    for (let row = 0; row < height; row++) rows[row * (1 + width * 3)] = 0;
    return deflateSync(rows);
  };
  let sequence = 0;
  const next = (): number => sequence++;
  const frame = (index: number): Buffer =>
    bytesOf([
      chunk('fcTL', next(), width, height, 0, 0, short(1), short(10), short(0)),
      index === 0 ? chunk('IDAT', pixels(0)) : chunk('fdAT', next(), pixels(index)),
    ]);
  return bytesOf([
    '\x89PNG\r\n\x1a\n',
    chunk('IHDR', width, height, Buffer.from([8, 2, 0, 0, 0])),
    chunk('tEXt', `Place\0${PLACE}`),
    chunk('eXIf', `MM\0*${PLACE}`),
    chunk('acTL', frames, 0),
    ...Array.from({ length: frames }, (_, index) => frame(index)),
    chunk('IEND'),
    PLACE,
  ]);
}
