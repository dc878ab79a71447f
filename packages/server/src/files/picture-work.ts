/** Writes pictures again, without metadata and whatever else they contain, by `sharp`. */
import { stat } from 'node:fs/promises';
import type { FileUse } from '../ports/file-storage.ts';
import { copyMovingPng, isMovingPng } from './clean-png.ts';

/** The parts of `sharp` that are used. It is optional, so its own types may be missing. */
interface Sharp {
  (input: string | readonly Uint8Array[], options: object): Pipeline;
  block(operations: { readonly operation: readonly string[] }): void;
  unblock(operations: { readonly operation: readonly string[] }): void;
  concurrency(threads: number): number;
  cache(isOn: boolean): unknown;
}
interface Metadata {
  readonly format?: string;
  readonly pages?: number;
  /** Of each frame, in milliseconds. */
  readonly delay?: readonly number[];
  readonly loop?: number;
  /** As Exif has it: 1 is upright. */
  readonly orientation?: number;
  readonly width?: number;
  /** Of all frames together, if they are read. */
  readonly height?: number;
}
interface Pipeline {
  metadata(): Promise<Metadata>;
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

/** A file from which data were removed in place. Without a size if it could not be decoded. */
export interface Cleaned extends Omit<Rewritten, 'width' | 'height'> {
  readonly width: number | undefined;
  readonly height: number | undefined;
}

export interface Rewritten {
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly hasThumbnail: boolean;
  readonly blurHash?: string | undefined;
  readonly awaitsThumbnails?: true;
}

/** Pixels of all frames together. */
export interface DecodingLimits {
  /** Of JPEG, which is decoded in lines. */
  readonly jpegPixelsMax: number;
  readonly pixelsMax: number;
}

export interface Rewriting {
  readonly source: string;
  /** As its first bytes say. */
  readonly format: string;
  readonly use: FileUse;
  readonly content: string;
  readonly thumbnail: string;
}

export interface ThumbnailPaths {
  readonly thumbnail: string;
  readonly small: string;
}

/** A rewriting whose picture is within the limits. */
type Measured = Rewriting & {
  readonly pixels: number;
  readonly frames: number;
  readonly metadata: Metadata;
};

/** Seconds of one step; the process has limits of its own. */
const SECONDS_MAX = 60;
/** Sides of a larger JPEG are halved, which its decoder does at a quarter of the cost. */
const HALVED_FROM_PIXELS = 50_000_000;
/** Larger pictures are compressed a little less, in a fraction of time and memory. */
const CAREFUL_PIXELS_MAX = 4_000_000;

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
/** A moving picture up to this size is shown itself, because thumbnails stand still. */
const MOVING_BYTES_MAX = 4 * 1024 * 1024;
/** Longest side of the picture that a BlurHash is made of, and the number of its waves along it. */
const BLUR = { side: 32, waves: 4 };
const LOADERS = [
  ...['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map((name) => `VipsForeignLoad${name}File`),
  // Frames of this program.
  'VipsForeignLoadPngBuffer',
];
/** A variable, so that the compiler does not look for it. */
const PACKAGE: string = 'sharp';

/** @throws if the package does not work here. */
export async function loadSharp(): Promise<Sharp> {
  const { default: sharp } = (await import(PACKAGE)) as { readonly default: Sharp };
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/** Pixels are counted by `rewritePicture`. */
const INPUT = { limitInputPixels: false, failOn: 'error' };

/**
 * Writes a picture to `content` and, if its use demands it, a smaller one to `thumbnail`.
 *
 * @returns Undefined if the file is not a picture of its format; `over` if it has too many pixels.
 * @throws if it is damaged.
 */
export async function rewritePicture(
  sharp: Sharp,
  about: Rewriting,
  limits: DecodingLimits,
): Promise<Rewritten | 'over' | undefined> {
  const { source, format } = about;
  const read = { ...INPUT, animated: isAnimated(about) };
  const found = await sharp(source, read).metadata();
  if (found.format !== format) return undefined;
  const pixels = pixelsOf(found);
  const frames = found.pages ?? 1;
  if (pixels > pixelsMaxOf(format, limits)) return 'over';
  if (format === 'png' && about.use === 'attachment' && isMovingPng(source)) {
    const copied = copyMovingPng(source, about.content, limits.pixelsMax);
    if (copied === 'over') return 'over';
    const facts = await describe(sharp, about.content, { ...found, frames: 2 });
    return { type: 'image/png', ...facts };
  }
  return REWRITERS[about.use](sharp, { ...about, pixels, frames, metadata: found });
}

/** Returns false if the picture has too many pixels. @throws if it cannot be decoded. */
export async function writeThumbnails(
  sharp: Sharp,
  { content, to }: { readonly content: string; readonly to: ThumbnailPaths },
  limits: DecodingLimits,
): Promise<boolean> {
  const found = await sharp(content, INPUT).metadata();
  if (pixelsOf(found) > pixelsMaxOf(found.format, limits)) return false;
  await shrinkTo(sharp, content, { path: to.thumbnail, side: THUMBNAIL_SIDES.thumbnail });
  await shrinkTo(sharp, to.thumbnail, { path: to.small, side: THUMBNAIL_SIDES.small });
  return true;
}

function pixelsOf({ width = 0, height = 0 }: Metadata): number {
  return width * height;
}

function pixelsMaxOf(format: string | undefined, limits: DecodingLimits): number {
  return format === 'jpeg' ? limits.jpegPixelsMax : limits.pixelsMax;
}

/** With all of its frames. */
function isAnimated({ format, use }: Pick<Rewriting, 'format' | 'use'>): boolean {
  const keepsFrames = use === 'attachment' || use === 'emoji';
  return keepsFrames && (format === 'gif' || format === 'webp');
}

async function rewrite(sharp: Sharp, about: Measured): Promise<Rewritten> {
  const { format, content, pixels, frames, metadata } = about;
  const { orientation = 1 } = metadata;
  const isTurned = frames > 1 && orientation > 1;
  const { width = 0, height = 0 } = metadata;
  const side = Math.ceil(Math.max(width, height) / 2);
  const isHalved = format === 'jpeg' && pixels > HALVED_FROM_PIXELS;
  const upright = isTurned ? await turnFrames(sharp, about) : uprightOf(sharp, about);
  const info = await (isHalved ? upright.resize(boxOf(side)) : upright)
    .toFormat(format, { ...encodingOf(format, pixels), ...(isTurned ? timesOf(metadata) : {}) })
    .timeout({ seconds: SECONDS_MAX })
    .toFile(content);
  const stored = { width: info.width, height: info.pageHeight ?? info.height, frames };
  return { type: `image/${format}`, ...(await describe(sharp, content, stored)) };
}

function uprightOf(sharp: Sharp, about: Measured): Pipeline {
  const isMoving = isAnimated(about) && about.frames > 1;
  const input = sharp(about.source, { ...INPUT, animated: isMoving });
  return isMoving ? input : input.autoOrient();
}

/** libvips turns the strip of all frames only. */
async function turnFrames(sharp: Sharp, { source, frames }: Measured): Promise<Pipeline> {
  const turned: Uint8Array[] = [];
  for (let page = 0; page < frames; page++) {
    const frame = sharp(source, { ...INPUT, page }).autoOrient();
    const { data } = await frame
      .toFormat('png', { compressionLevel: 1 })
      .timeout({ seconds: SECONDS_MAX })
      .toBuffer({ resolveWithObject: true });
    turned.push(data);
  }
  return sharp(turned, { ...INPUT, join: { animated: true } });
}

function timesOf({ delay, loop }: Metadata): object {
  return { ...(delay === undefined ? {} : { delay }), ...(loop === undefined ? {} : { loop }) };
}

/**
 * The facts of a picture that was not written again.
 *
 * @returns Undefined if it has too many pixels. @throws if it cannot be decoded.
 */
export async function describePicture(
  sharp: Sharp,
  path: string,
  limits: DecodingLimits,
): Promise<Omit<Rewritten, 'type'> | undefined> {
  const {
    width = 0,
    height = 0,
    pages: frames = 1,
    ...found
  } = await sharp(path, INPUT).metadata();
  if (width * height > pixelsMaxOf(found.format, limits)) return undefined;
  const facts = await describe(sharp, path, { width, height, frames });
  return facts.blurHash === undefined ? undefined : facts;
}

async function describe(
  sharp: Sharp,
  path: string,
  { width = 0, height = 0, frames }: Metadata & { readonly frames: number },
): Promise<Omit<Rewritten, 'type'>> {
  const facts = { width, height, blurHash: await blurHashOf(sharp, path) };
  const { size } = await stat(path);
  const isLarge =
    frames > 1
      ? size > MOVING_BYTES_MAX
      : Math.max(width, height) > THUMBNAIL_SIDES.thumbnail || size > THUMBNAIL_FROM_BYTES;
  return isLarge
    ? { ...facts, hasThumbnail: true, awaitsThumbnails: true }
    : { ...facts, hasThumbnail: false };
}

function encodingOf(format: string, pixels: number): object {
  const isCareful = pixels <= CAREFUL_PIXELS_MAX;
  if (format === 'jpeg') return { quality: 88, optimiseCoding: isCareful };
  return format === 'webp' ? { quality: 88, effort: isCareful ? 4 : 2 } : {};
}

function boxOf(side: number): object {
  return { width: side, height: side, fit: 'inside', withoutEnlargement: true };
}

/** Of its first frame. */
async function shrinkTo(
  sharp: Sharp,
  source: string,
  to: { readonly path: string; readonly side: number },
): Promise<void> {
  await sharp(source, INPUT)
    .resize(boxOf(to.side))
    .toFormat('webp', { quality: 80 })
    .timeout({ seconds: SECONDS_MAX })
    .toFile(to.path);
}

/** Undefined if it cannot be made: a picture is whole without it. */
async function blurHashOf(sharp: Sharp, path: string): Promise<string | undefined> {
  try {
    const { encode } = await import('blurhash');
    const { data, info } = await sharp(path, INPUT)
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
async function shrink(sharp: Sharp, { source, content }: Measured): Promise<Rewritten> {
  const { width, height } = await sharp(source, INPUT)
    .autoOrient()
    .resize(boxOf(PREVIEW_SIDE))
    .toFormat('webp', { quality: 75 })
    .timeout({ seconds: SECONDS_MAX })
    .toFile(content);
  return { type: 'image/webp', width, height, hasThumbnail: false };
}

/** The middle of a picture as two squares, of its first frame. */
async function cut(sharp: Sharp, { source, content, thumbnail }: Measured): Promise<Rewritten> {
  for (const [part, path] of [
    ['content', content],
    ['thumbnail', thumbnail],
  ] as const) {
    const side = AVATAR_SIDES[part];
    await sharp(part === 'content' ? source : content, INPUT)
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
async function drawEmoji(sharp: Sharp, about: Measured): Promise<Rewritten | undefined> {
  const { source, content, pixels, frames } = about;
  if (pixels > EMOJI_PIXELS_MAX || frames > EMOJI_FRAMES_MAX) return undefined;
  const input = sharp(source, { ...INPUT, animated: isAnimated(about) });
  const { width, height, pageHeight } = await (isAnimated(about) ? input : input.autoOrient())
    .resize(boxOf(EMOJI_SIDE))
    .toFormat('webp', { quality: 85 })
    .timeout({ seconds: SECONDS_MAX })
    .toFile(content);
  if ((await stat(content)).size > EMOJI_STORED_BYTES_MAX) return undefined;
  return { type: 'image/webp', width, height: pageHeight ?? height, hasThumbnail: false };
}

const REWRITERS = { attachment: rewrite, avatar: cut, emoji: drawEmoji, preview: shrink } as const;
