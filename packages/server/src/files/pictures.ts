/**
 * Writes pictures again, without metadata and whatever else they contain, in the threads of `sharp`.
 * The package has binaries for most platforms; without it, pictures stay as they were sent, and have
 * no thumbnails. Those of attachments are made afterwards.
 */
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { FileUse } from '../ports/file-storage.ts';
import { isPicture } from './sniff-type.ts';
import { Turns } from './turns.ts';

/** The parts of `sharp` that are used. It is optional, so its own types may be missing. */
interface Sharp {
  (path: string, options: object): Pipeline;
  block(operations: { readonly operation: readonly string[] }): void;
  unblock(operations: { readonly operation: readonly string[] }): void;
  concurrency(threads: number): number;
  cache(isOn: boolean): unknown;
}
interface Pipeline {
  metadata(): Promise<{ readonly format?: string; readonly pages?: number }>;
  autoOrient(): Pipeline;
  flatten(options: object): Pipeline;
  ensureAlpha(): Pipeline;
  raw(): Pipeline;
  resize(options: object): Pipeline;
  toFormat(format: string, options?: object): Pipeline;
  timeout(options: { readonly seconds: number }): Pipeline;
  toFile(path: string): Promise<{
    readonly width: number;
    readonly height: number;
    readonly pageHeight?: number;
  }>;
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{
    readonly data: Uint8Array;
    readonly info: { readonly width: number; readonly height: number };
  }>;
}

interface Rewritten {
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly hasThumbnail: boolean;
  readonly blurHash?: string | undefined;
  readonly awaitsThumbnails?: true;
}

/** Of all frames together; a picture of this size takes 200 MB while it is decoded. */
const PIXELS_MAX = 50_000_000;
const SECONDS_MAX = 20;
/** Decoded at once: each needs a thread that passwords and the disk need as well, and a processor. */
const AT_ONCE_MAX = availableParallelism() > 2 ? 2 : 1;
/** Longest sides, in messages and in lists, for screens with two pixels per point. */
const THUMBNAIL_SIDES = { thumbnail: 720, small: 240 };
/** Longest side of the picture of a link. */
const PREVIEW_SIDE = 480;
/** Sides of a picture of a user; the smaller is for lists, on screens with two pixels per point. */
const AVATAR_SIDES = { content: 256, thumbnail: 96 };
/** Longest side of an emoji, which is large in a message of its own, on screens with two pixels per point. */
const EMOJI_SIDE = 128;
/** Of all frames together, before and after it is written again. */
const EMOJI_PIXELS_MAX = 16_000_000;
const EMOJI_FRAMES_MAX = 100;
const EMOJI_STORED_BYTES_MAX = 512 * 1024;
/** A smaller picture is shown itself. */
const THUMBNAIL_FROM_BYTES = 200 * 1024;
/** Longest side of the picture that a BlurHash is made of, and the number of its waves along it. */
const BLUR = { side: 32, waves: 4 };
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif'].map((name) => `VipsForeignLoad${name}File`);
/** A variable, so that the compiler does not look for it. */
const PACKAGE: string = 'sharp';

export class Pictures {
  readonly #onMissing: (error: unknown) => void;
  #loading: Promise<Sharp | undefined> | undefined;
  readonly #turns = new Turns(AT_ONCE_MAX);

  /** @param onMissing Called once if the package does not work here. */
  constructor(onMissing: (error: unknown) => void) {
    this.#onMissing = onMissing;
  }

  /**
   * Writes a picture to `content` and, if its use demands it, a smaller one to `thumbnail`.
   *
   * @returns `unchanged` without the package; undefined if the file is not a picture of this type,
   *   or too large to be decoded.
   */
  async rewrite(
    source: string,
    type: string,
    to: { readonly content: string; readonly thumbnail: string; readonly use: FileUse },
  ): Promise<Rewritten | 'unchanged' | undefined> {
    if (!isPicture(type)) return undefined;
    const sharp = await this.#sharp();
    if (sharp === undefined) return 'unchanged';
    const about = { source, format: type.slice('image/'.length), ...to };
    // It fails if the picture is damaged, not what its first bytes say, or too large.
    return this.#turns.take(() => REWRITERS[to.use](sharp, about)).catch(() => undefined);
  }

  /** Makes the thumbnails of a picture that was written by `rewrite`. @throws if it fails. */
  async makeThumbnails(
    content: string,
    to: { readonly thumbnail: string; readonly small: string },
  ): Promise<void> {
    const sharp = await this.#sharp();
    if (sharp === undefined) throw new Error('Pictures cannot be decoded on this platform');
    await this.#turns.take(async () => {
      await shrinkTo(sharp, content, { path: to.thumbnail, side: THUMBNAIL_SIDES.thumbnail });
      await shrinkTo(sharp, to.thumbnail, { path: to.small, side: THUMBNAIL_SIDES.small });
    });
  }

  #sharp(): Promise<Sharp | undefined> {
    this.#loading ??= this.#load();
    return this.#loading;
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

interface Rewriting {
  readonly source: string;
  readonly format: string;
  readonly content: string;
  readonly thumbnail: string;
}

const LIMITS = { limitInputPixels: PIXELS_MAX, failOn: 'error' };

async function rewrite(sharp: Sharp, about: Rewriting): Promise<Rewritten | undefined> {
  const { source, format, content } = about;
  const isAnimated = format === 'gif' || format === 'webp';
  const input = sharp(source, { ...LIMITS, animated: isAnimated });
  if ((await input.metadata()).format !== format) return undefined;
  const quality = format === 'jpeg' || format === 'webp' ? { quality: 88 } : {};
  const upright = isAnimated ? input : input.autoOrient();
  const info = await upright
    .toFormat(format, quality)
    .timeout({ seconds: SECONDS_MAX })
    .toFile(content);
  const pixels = {
    type: `image/${format}`,
    width: info.width,
    height: info.pageHeight ?? info.height,
    blurHash: await blurHashOf(sharp, content),
  };
  const isLarge =
    Math.max(pixels.width, pixels.height) > THUMBNAIL_SIDES.thumbnail ||
    (await stat(content)).size > THUMBNAIL_FROM_BYTES;
  return isLarge
    ? { ...pixels, hasThumbnail: true, awaitsThumbnails: true }
    : { ...pixels, hasThumbnail: false };
}

/** Of its first frame. */
async function shrinkTo(
  sharp: Sharp,
  source: string,
  to: { readonly path: string; readonly side: number },
): Promise<void> {
  await sharp(source, LIMITS)
    .resize({ width: to.side, height: to.side, fit: 'inside', withoutEnlargement: true })
    .toFormat('webp', { quality: 80 })
    .timeout({ seconds: SECONDS_MAX })
    .toFile(to.path);
}

/** Undefined if it cannot be made: a picture is whole without it. */
async function blurHashOf(sharp: Sharp, path: string): Promise<string | undefined> {
  try {
    const { encode } = await import('blurhash');
    const { data, info } = await sharp(path, LIMITS)
      .resize({ width: BLUR.side, height: BLUR.side, fit: 'inside' })
      .flatten({ background: '#ffffff' })
      .ensureAlpha()
      .raw()
      .timeout({ seconds: SECONDS_MAX })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const wavesAlong = (side: number): number =>
      Math.max(1, Math.round((BLUR.waves * side) / Math.max(width, height)));
    const pixels = new Uint8ClampedArray(data);
    return encode(pixels, width, height, wavesAlong(width), wavesAlong(height));
  } catch {
    return undefined;
  }
}

/** Small, and of its first frame. */
async function shrink(
  sharp: Sharp,
  { source, format, content }: Rewriting,
): Promise<Rewritten | undefined> {
  if ((await sharp(source, LIMITS).metadata()).format !== format) return undefined;
  const box = { width: PREVIEW_SIDE, height: PREVIEW_SIDE };
  const { width, height } = await sharp(source, LIMITS)
    .autoOrient()
    .resize({ ...box, fit: 'inside', withoutEnlargement: true })
    .toFormat('webp', { quality: 75 })
    .timeout({ seconds: SECONDS_MAX })
    .toFile(content);
  return { type: 'image/webp', width, height, hasThumbnail: false };
}

/** The middle of a picture as two squares, of its first frame. */
async function cut(
  sharp: Sharp,
  { source, format, content, thumbnail }: Rewriting,
): Promise<Rewritten | undefined> {
  if ((await sharp(source, LIMITS).metadata()).format !== format) return undefined;
  for (const [part, path] of [
    ['content', content],
    ['thumbnail', thumbnail],
  ] as const) {
    const side = AVATAR_SIDES[part];
    await sharp(part === 'content' ? source : content, LIMITS)
      .autoOrient()
      .resize({ width: side, height: side, fit: 'cover' })
      // Nothing behind it is to be seen.
      .flatten({ background: '#ffffff' })
      .toFormat('webp', { quality: 85 })
      .timeout({ seconds: SECONDS_MAX })
      .toFile(path);
  }
  const side = AVATAR_SIDES.content;
  return { type: 'image/webp', width: side, height: side, hasThumbnail: true };
}

/** Small, with its frames. */
async function drawEmoji(
  sharp: Sharp,
  { source, format, content }: Rewriting,
): Promise<Rewritten | undefined> {
  const isAnimated = format === 'gif' || format === 'webp';
  const input = sharp(source, {
    ...{ ...LIMITS, limitInputPixels: EMOJI_PIXELS_MAX, animated: isAnimated },
  });
  const { format: found, pages = 1 } = await input.metadata();
  if (found !== format || pages > EMOJI_FRAMES_MAX) return undefined;
  const upright = isAnimated ? input : input.autoOrient();
  const { width, height, pageHeight } = await upright
    .resize({ width: EMOJI_SIDE, height: EMOJI_SIDE, fit: 'inside', withoutEnlargement: true })
    .toFormat('webp', { quality: 85 })
    .timeout({ seconds: SECONDS_MAX })
    .toFile(content);
  if ((await stat(content)).size > EMOJI_STORED_BYTES_MAX) return undefined;
  return { type: 'image/webp', width, height: pageHeight ?? height, hasThumbnail: false };
}

const REWRITERS = { attachment: rewrite, avatar: cut, emoji: drawEmoji, preview: shrink } as const;
