/**
 * Removes what films, sound and pictures in boxes (ISO/IEC 14496-12 and 23008-12, QuickTime) hold beside what is
 * shown and heard: places, cameras, titles, times, and tracks of anything else. Only what is listed here stays.
 * The rest becomes free space (`free`) of zeros in its place, since boxes name bytes by their position.
 */
import { type FileInPlace, Uncleanable } from './file-in-place.ts';

interface Box {
  readonly type: string;
  readonly start: number;
  /** Where its content starts. */
  readonly body: number;
  readonly end: number;
}

/** Boxes of a file; those of hours of film in fragments are fewer. */
const BOXES_MAX = 100_000;
/** Boxes that stay, by the box that they are in. The inside of others is not looked at. */
const KEPT: Readonly<Record<string, ReadonlySet<string>>> = {
  file: setOf('ftyp styp pdin moov moof mdat mfra sidx ssix wide free skip meta'),
  moov: setOf('mvhd trak mvex pssh iods'),
  trak: setOf('tkhd edts mdia tref tapt load clip matt'),
  edts: setOf('elst'),
  tref: setOf('auxl thmb vdep'),
  mdia: setOf('mdhd hdlr minf elng'),
  minf: setOf('vmhd smhd hdlr dinf stbl'),
  stbl: setOf(
    'stsd stts ctts stsc stsz stz2 stco co64 stss stps stsh sdtp padb stdp cslg sgpd sbgp subs saiz saio',
  ),
  mvex: setOf('mehd trex leva'),
  moof: setOf('mfhd traf pssh'),
  traf: setOf('tfhd tfdt trun sdtp sbgp sgpd subs saiz saio senc'),
  mfra: setOf('tfra mfro'),
  meta: setOf('hdlr pitm iloc iinf iref iprp idat dinf grpl ipro'),
  iprp: setOf('ipco ipma'),
  ipco: setOf(
    'ispe pasp colr pixi rloc auxC clap irot imir lsel a1op a1lx oinf tols hvcC lhvC av1C avcC vvcC j2kH clli mdcv cclv amve uncC cmpd',
  ),
};
/** Boxes that begin with the times of their making and their last change. */
const TIMED = setOf('mvhd tkhd mdhd');
/** Kinds of tracks that stay, as their handlers say. */
const TRACKS = setOf('vide soun auxv pict');
/** Codings of pictures, and pictures that are made of others. */
const PICTURES = setOf('hvc1 hev1 lhv1 av01 avc1 vvc1 j2k1 unci grid iden iovl tmap');
/** The name of its coder, which cameras write, within the description of a film. */
const CODER_NAME = { from: 50, to: 82 };
/** Exif without an entry, behind the four bytes that say where it starts. */
const EMPTY_EXIF = Buffer.from('000000004d4d002a00000008000000000000', 'hex');
const FREE = Buffer.from('free');

/** @throws {Uncleanable} The file is not to be used then. */
export function cleanBoxes(file: FileInPlace): void {
  new BoxCleaner(file).clean();
}

class BoxCleaner {
  readonly #file: FileInPlace;
  #boxesLeft = BOXES_MAX;
  #isFragmented = false;
  #hasRemovedTrack = false;
  #tracks = 0;
  #pictures = 0;

  constructor(file: FileInPlace) {
    this.#file = file;
  }

  clean(): void {
    for (const box of this.#boxes(0, this.#file.size, true)) {
      if (box.type === 'meta') this.#cleanItems(box);
      else if (box.type === 'free' || box.type === 'skip') this.#file.zero(box.body, box.end);
      else this.#cleanBox(box, 'file');
    }
    // Samples of a fragment are not where the track says.
    if (this.#isFragmented && this.#hasRemovedTrack) throw new Uncleanable();
    if (this.#tracks === 0 && this.#pictures === 0) throw new Uncleanable();
  }

  #cleanBox(box: Box, place: string): void {
    const { type, body } = box;
    if (KEPT[place]?.has(type) !== true) {
      this.#free(box);
      return;
    }
    if (type === 'moof') this.#isFragmented = true;
    if (TIMED.has(type)) this.#forgetTimes(box);
    if (type === 'trak' && !this.#isKept(box)) return;
    if (KEPT[type] === undefined) return;
    for (const child of this.#boxes(body, box.end)) this.#cleanBox(child, type);
  }

  /** Removes a track that is of something else, with its samples. */
  #isKept(track: Box): boolean {
    const media = this.#child(track, 'mdia');
    const table = this.#child(this.#child(media, 'minf'), 'stbl');
    const handler = this.#text(this.#child(media, 'hdlr').body + 8);
    if (TRACKS.has(handler)) {
      this.#tracks += 1;
      if (handler === 'vide') this.#forgetCoders(this.#child(table, 'stsd'));
      return true;
    }
    this.#hasRemovedTrack = true;
    for (const [start, end] of this.#chunksOf(table)) this.#file.zero(start, end);
    this.#free(track);
    return false;
  }

  #forgetTimes({ body }: Box): void {
    const isLong = this.#file.read(body, 1)[0] === 1;
    this.#file.zero(body + 4, body + (isLong ? 20 : 12));
  }

  #forgetCoders({ body, end }: Box): void {
    for (const { start, end: last } of this.#boxes(body + 8, end)) {
      if (last - start >= CODER_NAME.to) {
        this.#file.zero(start + CODER_NAME.from, start + CODER_NAME.to);
      }
    }
  }

  /** Where the samples of a track are. */
  *#chunksOf(table: Box): Generator<readonly [start: number, end: number]> {
    const sizes = this.#bytesOf(this.#child(table, 'stsz'));
    const [equalSize, samples] = [sizes.readUInt32BE(4), sizes.readUInt32BE(8)];
    const short = [...this.#boxes(table.body, table.end)].find(({ type }) => type === 'stco');
    const offsets = this.#bytesOf(short ?? this.#child(table, 'co64'));
    const offsetAt = (index: number): number =>
      short === undefined
        ? Number(offsets.readBigUInt64BE(8 + 8 * index))
        : offsets.readUInt32BE(8 + 4 * index);
    const runs = this.#bytesOf(this.#child(table, 'stsc'));
    let [run, sample] = [0, 0];
    for (let chunk = 0; chunk < offsets.readUInt32BE(4); chunk++) {
      const next = 8 + 12 * (run + 1);
      const isNext = run + 1 < runs.readUInt32BE(4) && runs.readUInt32BE(next) === chunk + 1;
      if (isNext) run += 1;
      const last = Math.min(samples, sample + runs.readUInt32BE(8 + 12 * run + 4));
      let bytes = equalSize * (last - sample);
      if (equalSize === 0) {
        for (let index = sample; index < last; index++) bytes += sizes.readUInt32BE(12 + 4 * index);
      }
      sample = last;
      yield [offsetAt(chunk), offsetAt(chunk) + bytes];
    }
  }

  /** Removes all items but pictures: Exif, XMP, and others. */
  #cleanItems(meta: Box): void {
    // That of QuickTime has no version.
    const isPlain = this.#text(meta.body + 4) === 'hdlr';
    const whole = isPlain ? meta : { ...meta, body: meta.body + 4 };
    const children = [...this.#boxes(whole.body, whole.end)];
    const find = (type: string) => children.find((child) => child.type === type);
    const [locations, infos, primary] = [find('iloc'), find('iinf'), find('pitm')];
    const types = infos === undefined ? new Map<number, string>() : this.#itemTypes(infos);
    if (locations !== undefined) {
      const start = find('idat')?.body;
      for (const { id, extents } of this.#locations(locations, start)) {
        if (!PICTURES.has(types.get(id) ?? '')) this.#emptyItem(types.get(id), extents);
      }
    }
    if (this.#text(this.#child(whole, 'hdlr').body + 8) !== 'pict') {
      this.#free(meta);
      return;
    }
    if (primary === undefined) throw new Uncleanable();
    const shown = this.#bytesOf(primary);
    const id = shown[0] === 0 ? shown.readUInt16BE(4) : shown.readUInt32BE(4);
    if (!PICTURES.has(types.get(id) ?? '')) throw new Uncleanable();
    this.#pictures += 1;
    for (const child of children) this.#cleanBox(child, 'meta');
  }

  #emptyItem(type: string | undefined, extents: readonly (readonly [number, number])[]): void {
    for (const [start, end] of extents) this.#file.zero(start, end);
    const [first] = extents;
    if (type === 'Exif' && first !== undefined && first[1] - first[0] >= EMPTY_EXIF.length) {
      this.#file.write(first[0], EMPTY_EXIF);
    }
  }

  #itemTypes({ body, end }: Box): Map<number, string> {
    const countBytes = this.#file.read(body, 1)[0] === 0 ? 2 : 4;
    const types = new Map<number, string>();
    for (const info of this.#boxes(body + 4 + countBytes, end)) {
      const version = this.#file.read(info.body, 1)[0] ?? 0;
      const idBytes = version === 3 ? 4 : 2;
      const id = this.#file.read(info.body + 4, idBytes).readUIntBE(0, idBytes);
      // Earlier versions have no type.
      types.set(id, version < 2 ? '' : this.#text(info.body + 4 + idBytes + 2));
    }
    return types;
  }

  *#locations(box: Box, idat: number | undefined) {
    const bytes = this.#bytesOf(box);
    let at = 4;
    const take = (length: number): number => {
      at += length;
      if (at > bytes.length) throw new Uncleanable();
      if (length === 8) return Number(bytes.readBigUInt64BE(at - 8));
      return length === 0 ? 0 : bytes.readUIntBE(at - length, length);
    };
    const version = bytes[0] ?? 0;
    const [sizes, others] = [take(1), take(1)];
    const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 4, sizes & 15, others >> 4];
    const indexBytes = version === 0 ? 0 : others & 15;
    const widths = [offsetBytes, lengthBytes, baseBytes, indexBytes];
    if (version > 2 || !widths.every((width) => [0, 4, 8].includes(width))) throw new Uncleanable();
    const idBytes = version === 2 ? 4 : 2;
    for (let left = take(idBytes); left > 0; left--) {
      const id = take(idBytes);
      const method = version === 0 ? 0 : take(2) & 15;
      take(2);
      const base = take(baseBytes);
      const extents: [number, number][] = [];
      for (let more = take(2); more > 0; more--) {
        take(indexBytes);
        const start = base + take(offsetBytes);
        const length = take(lengthBytes);
        const from = (method === 0 ? 0 : idat) ?? Number.NaN;
        // Those of other items are of pictures that are made of others; no length means the whole file.
        const end = length === 0 ? Number.NaN : from + start + length;
        if (method <= 1) extents.push([from + start, end]);
      }
      yield { id, extents };
    }
  }

  /** @param isFile What is no box becomes one that is free. */
  *#boxes(start: number, end: number, isFile = false): Generator<Box> {
    for (let at = start; at < end; ) {
      this.#boxesLeft -= 1;
      if (this.#boxesLeft < 0) throw new Uncleanable();
      const rest = end - at;
      const box = rest < 8 ? undefined : this.#boxAt(at, end);
      if (box === undefined || box.end > end) {
        // The end of a recording that was cut.
        const isCut = isFile && box?.type === 'mdat';
        if (!isFile && rest >= 8) throw new Uncleanable();
        if (isCut) yield { ...box, end };
        else this.#freeRest(at, end);
        return;
      }
      yield box;
      at = box.end;
    }
  }

  #boxAt(start: number, end: number): Box | undefined {
    const head = this.#file.read(start, 8);
    const type = head.toString('latin1', 4);
    const size = head.readUInt32BE(0);
    if (size === 0) return { type, start, body: start + 8, end };
    if (size >= 8) return { type, start, body: start + 8, end: start + size };
    if (size !== 1 || start + 16 > end) return undefined;
    const long = Number(this.#file.read(start + 8, 8).readBigUInt64BE());
    return long < 16 ? undefined : { type, start, body: start + 16, end: start + long };
  }

  /** @throws {Uncleanable} */
  #child({ body, end }: Box, type: string): Box {
    for (const child of this.#boxes(body, end)) if (child.type === type) return child;
    throw new Uncleanable();
  }

  #bytesOf({ body, end }: Box): Buffer {
    return this.#file.read(body, end - body);
  }

  #text(at: number): string {
    return this.#file.read(at, 4).toString('latin1');
  }

  #free({ start, body, end }: Box): void {
    this.#file.write(start + 4, FREE);
    this.#file.zero(body, end);
  }

  #freeRest(start: number, end: number): void {
    this.#file.zero(start, end);
    if (end - start < 8) return;
    const size = Buffer.alloc(4);
    size.writeUInt32BE(end - start);
    this.#file.write(start, Buffer.concat([size, FREE]));
  }
}

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.split(' '));
}
