/** A blurred likeness of a picture, in its place until it is loaded. */
import { type CSSProperties, useLayoutEffect, useRef } from 'react';
import { blurPixels } from './blur-pixels.ts';
import type { ServerFile } from './server-file.ts';

/** Of the small picture, which the browser makes as large as the place. */
const SIDE = 32;
const KEPT_MAX = 200;

/** By BlurHash; undefined for a malformed one. */
const kept = new Map<string, ImageData | undefined>();

interface BlurProps {
  readonly file: ServerFile;
  readonly className?: string | undefined;
  readonly style?: CSSProperties;
}

export function Blur({ file, className, style }: BlurProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = pictureOf(file.blurHash);
  useLayoutEffect(() => {
    if (picture !== undefined) canvas.current?.getContext('2d')?.putImageData(picture, 0, 0);
  }, [picture]);
  if (picture === undefined) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: it takes no focus
    <canvas
      ref={canvas}
      className={className}
      style={style}
      width={SIDE}
      height={SIDE}
      aria-hidden="true"
    />
  );
}

function pictureOf(hash: string | undefined): ImageData | undefined {
  if (hash === undefined) return undefined;
  if (!kept.has(hash)) {
    if (kept.size >= KEPT_MAX) kept.clear();
    const pixels = blurPixels(hash, SIDE);
    kept.set(hash, pixels && new ImageData(pixels, SIDE));
  }
  return kept.get(hash);
}
