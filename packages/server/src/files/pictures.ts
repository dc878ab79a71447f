/**
 * Writes pictures again, without metadata and whatever else they contain, in processes of their own
 * (`picture-process.ts`): one for pictures that are cheap, and one for the others, so that a cheap one
 * never waits behind a costly one. Without the package `sharp`, which has binaries for most platforms,
 * pictures stay as they were sent, and have no thumbnails. Those of attachments are made afterwards.
 */
import { rename } from 'node:fs/promises';
import type { Decoding, FileUse } from '../ports/file-storage.ts';
import { isCleaned } from './clean-file.ts';
import { FairTurns } from './fair-turns.ts';
import { PictureProcess, PictureProcessEnded } from './picture-process.ts';
import type { PictureCall, PictureJob, PictureResult } from './picture-program.ts';
import type { Cleaned } from './picture-work.ts';
import { isPicture } from './sniff-type.ts';

interface PicturesOptions {
  /** Called once if the package does not work here. */
  readonly onMissing: (error: unknown) => void;
  /** The program of the processes; default `picture-program.ts`. */
  readonly program?: URL | undefined;
}

interface Lane {
  readonly turns: FairTurns;
  readonly process: PictureProcess;
}

const MIB = 1024 * 1024;
/**
 * Each has one process. A picture of 12 megapixels takes 0.25 s of a processor and 90 MB as JPEG, one of
 * 200 megapixels 2.2 s and 220 MB (progressive: 780 MB); other formats take up to 10 bytes a pixel.
 */
const LIMITS: Readonly<Record<'cheap' | 'costly', PictureCall['limits']>> = {
  cheap: {
    ...{ jpegPixelsMax: 64_000_000, pixelsMax: 16_000_000 },
    ...{ cpuMs: 1000, residentBytes: 320 * MIB, isBackground: false },
  },
  costly: {
    ...{ jpegPixelsMax: 250_000_000, pixelsMax: 50_000_000 },
    ...{ cpuMs: 10_000, residentBytes: 832 * MIB, isBackground: true },
  },
};
/** Processors may be busy with other things. */
const TOTAL_MS = { cheap: 10_000, costly: 45_000 };
/** Thumbnails, and pictures of no user. */
const SERVER = 'server';
const PROGRAM = new URL('./picture-program.ts', import.meta.url);

export class Pictures {
  readonly #onMissing: (error: unknown) => void;
  readonly #lanes: Readonly<Record<'cheap' | 'costly', Lane>>;
  #isMissing = false;

  constructor({ onMissing, program = PROGRAM }: PicturesOptions) {
    this.#onMissing = onMissing;
    const laneOf = (name: 'cheap' | 'costly'): Lane => ({
      turns: new FairTurns(),
      process: new PictureProcess({ program, limits: LIMITS[name], totalMs: TOTAL_MS[name] }),
    });
    this.#lanes = { cheap: laneOf('cheap'), costly: laneOf('costly') };
  }

  /**
   * Writes a picture to `content` and, if its use demands it, a smaller one to `thumbnail`. Of kinds that are not
   * written again, data are removed, and it is moved there.
   *
   * @returns `unchanged` without the package; `over` if it takes too much time or memory, or has ended
   *   its process; undefined if the file is not a picture of this type.
   * @throws {TurnsFull} Also the reason of the signal.
   */
  async rewrite(
    source: string,
    type: string,
    to: {
      readonly content: string;
      readonly thumbnail: string;
      readonly use: FileUse;
      readonly decoding?: Decoding | undefined;
    },
  ): Promise<Cleaned | 'unchanged' | 'over' | undefined> {
    const { content, thumbnail, use, decoding } = to;
    if (isCleaned(type)) {
      if (use !== 'attachment') return undefined;
      const cleaned = await this.#decode({ kind: 'clean', path: source, type }, decoding);
      if (cleaned.kind !== 'cleaned') return cleaned.kind === 'failed' ? undefined : 'over';
      await rename(source, content);
      return cleaned.rewritten;
    }
    if (!isPicture(type)) return undefined;
    if (this.#isMissing) return 'unchanged';
    const format = type.slice('image/'.length);
    const about = { source, format, use, content, thumbnail };
    const result = await this.#decode({ kind: 'rewrite', about }, decoding);
    switch (result.kind) {
      case 'rewritten':
        return result.rewritten;
      case 'over':
      case 'ended':
        return 'over';
      case 'missing':
        return 'unchanged';
      default:
        return undefined;
    }
  }

  /** Makes the thumbnails of a picture that was written by `rewrite`. @throws if it fails. */
  async makeThumbnails(
    content: string,
    to: { readonly thumbnail: string; readonly small: string },
  ): Promise<void> {
    const { thumbnail, small } = to;
    const { kind } = await this.#decode({ kind: 'thumbnails', content, to: { thumbnail, small } });
    if (kind !== 'made') throw new Error(`The thumbnails were not made (${kind})`);
  }

  /** Ends the processes; a picture that is decoded then fails. */
  close(): void {
    for (const { process } of Object.values(this.#lanes)) process.end();
  }

  async #decode(job: PictureJob, decoding?: Decoding): Promise<PictureResult> {
    const first = await this.#decodeIn('cheap', job, decoding);
    const result = first.kind === 'over' ? await this.#decodeIn('costly', job, decoding) : first;
    if (result.kind === 'missing' && !this.#isMissing) {
      this.#isMissing = true;
      this.#onMissing(new Error(result.message));
      this.close();
    }
    return result;
  }

  #decodeIn(name: 'cheap' | 'costly', job: PictureJob, decoding?: Decoding) {
    const { turns, process } = this.#lanes[name];
    const work = async (): Promise<PictureResult> => {
      const startMs = performance.now();
      try {
        return await process.run(job, decoding?.signal);
      } catch (error) {
        if (error instanceof PictureProcessEnded) return { kind: 'ended' };
        throw error;
      } finally {
        decoding?.onSpent(performance.now() - startMs);
      }
    };
    return turns.take(decoding?.by ?? SERVER, work, decoding?.signal);
  }
}
