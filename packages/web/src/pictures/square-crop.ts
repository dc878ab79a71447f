/** Which square of a picture is cut out. Pure. */

interface Pixels {
  readonly width: number;
  readonly height: number;
}

export interface Crop {
  /** From 1, the largest square. */
  readonly zoom: number;
  /** Where the square is between left and right, and between top and bottom: from 0 to 1. */
  readonly across: number;
  readonly down: number;
}

export const ZOOM_MAX = 4;
export const MIDDLE: Crop = { zoom: 1, across: 0.5, down: 0.5 };

/** Place and side of the square, in pixels of the picture. */
export function squareOf(
  { width, height }: Pixels,
  { zoom, across, down }: Crop,
): { readonly left: number; readonly top: number; readonly side: number } {
  const side = Math.min(width, height) / zoom;
  return { left: (width - side) * across, top: (height - side) * down, side };
}

/** The crop after the picture was moved by shares of the square. */
export function movedBy(
  pixels: Pixels,
  crop: Crop,
  by: { readonly x: number; readonly y: number },
): Crop {
  const { side } = squareOf(pixels, crop);
  const move = (at: number, length: number, share: number): number => {
    const rest = length - side;
    return rest < 1 ? at : Math.min(1, Math.max(0, at - (share * side) / rest));
  };
  return {
    ...crop,
    across: move(crop.across, pixels.width, by.x),
    down: move(crop.down, pixels.height, by.y),
  };
}
