/**
 * At least 200,000 frames of invalid traffic over real sockets, with a new seed each time. A
 * failure names the seed; `FUZZ_SEED` repeats it.
 */
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { fuzz } from './fuzz.ts';

const FRAMES = 200_000;

test(`${FRAMES} mutated frames do not crash or hang the server, grow its memory, or change its answers`, async (t) => {
  const { FUZZ_SEED } = process.env;
  const seed = FUZZ_SEED === undefined ? randomInt(2 ** 32) : Number(FUZZ_SEED);

  const figures = await fuzz({
    seed,
    isEnough: ({ frames }) => frames >= FRAMES,
  });

  t.diagnostic(`seed ${seed}: ${JSON.stringify(figures)}`);
});
