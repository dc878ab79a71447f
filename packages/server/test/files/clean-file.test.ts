/** Files of phones lose their places and cameras, and nothing of what is seen and heard. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cleanFile, isCleaned } from '../../src/files/clean-file.ts';
import { copyMovingPng, isMovingPng } from '../../src/files/clean-png.ts';
import { sniffType } from '../../src/files/sniff-type.ts';
import { box, filmOf, heifOf, MEDIA, movingPngOf, PLACE, tiffOf } from '../support/placed-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const directory = temporaryDirectory();
let count = 0;
const pathOf = (bytes: Buffer): string => {
  count += 1;
  const path = join(directory, `${count}`);
  writeFileSync(path, bytes);
  return path;
};
const clean = (bytes: Buffer): Buffer => {
  const path = pathOf(bytes);
  cleanFile(path, sniffType(bytes).type);
  return readFileSync(path);
};
const whole = filmOf('isom', 'vide');
/** Without what is behind its last box. */
const film = whole.subarray(0, whole.lastIndexOf('SEFH'));
const dng = { tag: 50706, type: 1, value: 0x01040000 };
const FILES: Readonly<Record<string, readonly [type: string, content: Buffer]>> = {
  HEIC: ['image/heic', heifOf('heic')],
  AVIF: ['image/avif', heifOf('avif')],
  HEIF: ['image/heif', heifOf('mif2')],
  'a film of an iPhone': ['video/quicktime', filmOf('qt  ', 'vide')],
  'a film of Android': ['video/mp4', filmOf('isom', 'vide')],
  'a film of 3GPP': ['video/mp4', filmOf('3gp5', 'vide')],
  'a memo': ['audio/mp4', filmOf('M4A ', 'soun')],
  TIFF: ['image/tiff', tiffOf()],
  DNG: ['image/tiff', tiffOf(dng)],
};

describe('files that are not written again', () => {
  for (const [what, [type, content]] of Object.entries(FILES)) {
    test(`${what} has no place, and its media as they were`, () => {
      assert.equal(sniffType(content).type, type);
      assert.ok(isCleaned(type) && content.includes(PLACE));
      const cleaned = clean(content);
      assert.equal(cleaned.length, content.length);
      for (const secret of [PLACE, 'Vienna', 'xmpmeta', 'SEFT']) {
        assert.equal(cleaned.includes(secret), false, secret);
      }
      assert.equal(cleaned.indexOf(MEDIA), content.indexOf(MEDIA));
      // A clean file stays as it is.
      assert.deepEqual(clean(cleaned), cleaned);
    });

    test(`${what} that is cut is refused, or has no place`, () => {
      for (let end = 16; end < content.length; end += 5) {
        const path = pathOf(content.subarray(0, end));
        try {
          cleanFile(path, type);
        } catch {
          continue;
        }
        assert.equal(readFileSync(path).includes(PLACE), false, `${end}`);
      }
    });
  }

  test('are refused where places could stay', () => {
    const raw = tiffOf({ tag: 330, type: 4, value: 0 });
    const coded = tiffOf({ tag: 65000, type: 13, value: [] });
    const fragmented = Buffer.concat([film, box('moof', box('mfhd', 0, 1))]);
    const canon = box('ftyp', 'crx ', 0, 'crx ');
    for (const content of [raw, fragmented, canon, box('ftyp', 'isom', 0)]) {
      assert.throws(() => clean(content));
    }
    assert.equal(clean(coded).includes(PLACE), false);
  });

  test('end at what they make the server do', () => {
    // Each of many places is the whole file.
    const extents = Array.from({ length: 5000 }, () => Buffer.from([0, 0, 0, 0, 0, 0, 0xff, 0xff]));
    const iloc = Buffer.concat([
      Buffer.from([0, 0, 0, 0, 0x44, 0, 0, 1, 0, 2, 0, 0, 0x13, 0x88]),
      ...extents,
    ]);
    const hdlr = box('hdlr', 0, 0, 'pict', 0, 0, 0);
    const meta = box('meta', 0, hdlr, box('iloc', iloc));
    assert.throws(() => clean(Buffer.concat([box('ftyp', 'heic', 0), meta, box('mdat')])));
    const many = Buffer.concat(Array.from({ length: 100_001 }, () => box('free')));
    assert.throws(() => clean(Buffer.concat([film, many])));
  });
});

test('a moving PNG keeps its frames and loses everything else', () => {
  const content = movingPngOf(3, 2, 4);
  const [from, to] = [pathOf(content), join(directory, 'copy.png')];
  assert.ok(isMovingPng(from));
  assert.equal(copyMovingPng(from, to, 24), 'copied');
  const copied = readFileSync(to);
  assert.equal(copied.includes(PLACE), false);
  assert.equal(copied.toString('latin1').match(/fcTL/g)?.length, 4);
  assert.equal(copyMovingPng(from, join(directory, 'over.png'), 23), 'over');
  const damaged = Buffer.from(content);
  damaged.write('\xff', damaged.indexOf('fdAT') + 9, 'latin1');
  for (const bytes of [damaged, content.subarray(0, 300)]) {
    const target = join(directory, `damaged-${bytes.length}.png`);
    assert.throws(() => copyMovingPng(pathOf(bytes), target, 24));
  }
});
