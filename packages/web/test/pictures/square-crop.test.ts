import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MIDDLE, movedBy, squareOf } from '../../src/pictures/square-crop.ts';

const WIDE = { width: 600, height: 200 };

describe('the square that is cut out of a picture', () => {
  test('is the largest one in the middle', () => {
    assert.deepEqual(squareOf(WIDE, MIDDLE), { left: 200, top: 0, side: 200 });
  });

  test('is smaller by its zoom, and in a corner if both sliders are', () => {
    assert.deepEqual(squareOf(WIDE, { zoom: 2, across: 1, down: 1 }), {
      ...{ left: 500, top: 100, side: 100 },
    });
  });

  test('follows the picture that is dragged, up to its edges', () => {
    const left = (x: number) => squareOf(WIDE, movedBy(WIDE, MIDDLE, { x, y: 1 })).left;

    assert.equal(left(0.5), 100);
    assert.equal(left(-0.5), 300);
    assert.equal(left(9), 0);
    assert.equal(left(-9), 400);
  });
});
