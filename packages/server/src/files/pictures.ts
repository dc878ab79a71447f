/**
 * Writes pictures again, without metadata and whatever else they contain, in the threads of `sharp`.
 * The package has binaries for most platforms; without it, pictures stay as they were sent, and have
 * no thumbnails.
 */
import { stat } from 'node:fs/promises';
import { isPicture } from './sniff-type.ts';

/** The parts of `sharp` that are used. It is optional, so its own types may be missing. */
interface Sharp {
  (path: string, options: object): Pipeline;
  block(operations: { readonly operation: readonly string[] }): void;
  unblock(operations: { readonly operation: readonly string[] }): void;
  concurrency(threads: number): number;
  cache(isOn: boolean): unknown;
}
interface Pipeline {
  metadata(): Promise<{ readonly format?: string }>;
  autoOrient(): Pipeline;
  resize(options: object): Pipeline;
  toFormat(format: string, options?: object): Pipeline;
  timeout(options: { readonly seconds: number }): Pipeline;
  toFile(path: string): Promise<{
    readonly width: number;
    readonly height: number;
    readonly pageHeight?: number;
  }>;
}

interface Rewritten {
  readonly width: number;
  readonly height: number;
  readonly hasThumbnail: boolean;
}

/** Of all frames together; a picture of this size takes 200 MB while it is decoded. */
const PIXELS_MAX = 50_000_000;
const SECONDS_MAX = 20;
/** Decoded at once: each needs a thread that passwords and the disk need as well. */
const AT_ONCE_MAX = 2;
/** Longest side, for screens with two pixels per point. */
const THUMBNAIL_SIDE = 720;
/** A smaller picture is shown itself. */
const THUMBNAIL_FROM_BYTES = 200 * 1024;
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif'].map((name) => `VipsForeignLoad${name}File`);
/** A variable, so that the compiler does not look for it. */
const PACKAGE: string = 'sharp';

export class Pictures {
  readonly #onMissing: (error: unknown) => void;
  #loading: Promise<Sharp | undefined> | undefined;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param onMissing Called once if the package does not work here. */
  constructor(onMissing: (error: unknown) => void) {
    this.#onMissing = onMissing;
  }

  /**
   * Writes a picture to `paths.content` and, if it is large, a smaller one to `paths.thumbnail`.
   *
   * @returns `unchanged` without the package; undefined if the file is not a picture of this type,
   *   or too large to be decoded.
   */
  async rewrite(
    source: string,
    type: string,
    paths: { readonly content: string; readonly thumbnail: string },
  ): Promise<Rewritten | 'unchanged' | undefined> {
    if (!isPicture(type)) return undefined;
    this.#loading ??= this.#load();
    const sharp = await this.#loading;
    if (sharp === undefined) return 'unchanged';
    await this.#turn();
    try {
      return await rewrite(sharp, { source, format: type.slice('image/'.length), ...paths });
    } catch {
      // Damaged, not what its first bytes say, or too large.
      return undefined;
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= AT_ONCE_MAX) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
  }

  async #load(): Promise<Sharp | undefined> {
    try {
      const { default: sharp } = (await import(PACKAGE)) as { readonly default: Sharp };
      sharp.block({ operation: ['VipsForeignLoad'] });
      sharp.unblock({ operation: LOADERS });
      sharp.concurrency(1);
      sharp.cache(false);
      return sharp;
    } catch (error) {
      this.#onMissing(error);
      return undefined;
    }
  }
}

async function rewrite(
  sharp: Sharp,
  about: {
    readonly source: string;
    readonly format: string;
    readonly content: string;
    readonly thumbnail: string;
  },
): Promise<Rewritten | undefined> {
  const { source, format, content, thumbnail } = about;
  const limits = { limitInputPixels: PIXELS_MAX, failOn: 'error' };
  const isAnimated = format === 'gif' || format === 'webp';
  const input = sharp(source, { ...limits, animated: isAnimated });
  if ((await input.metadata()).format !== format) return undefined;
  const quality = format === 'jpeg' || format === 'webp' ? { quality: 88 } : {};
  const upright = isAnimated ? input : input.autoOrient();
  const info = await upright
    .toFormat(format, quality)
    .timeout({ seconds: SECONDS_MAX })
    .toFile(content);
  const pixels = { width: info.width, height: info.pageHeight ?? info.height };
  const isLarge =
    Math.max(pixels.width, pixels.height) > THUMBNAIL_SIDE ||
    (await stat(content)).size > THUMBNAIL_FROM_BYTES;
  if (!isLarge) return { ...pixels, hasThumbnail: false };
  const box = { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE };
  await sharp(content, limits)
    .resize({ ...box, fit: 'inside', withoutEnlargement: true })
    .toFormat('webp', { quality: 80 })
    .timeout({ seconds: SECONDS_MAX })
    .toFile(thumbnail);
  return { ...pixels, hasThumbnail: true };
}
