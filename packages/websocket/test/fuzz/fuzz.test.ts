/**
 * Frames of invalid traffic over real sockets, from a fixed seed; at least 200,000
 * from a new one with `npm test -- --all`. A failure names the seed; `FUZZ_SEED` repeats it.
 */
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { repetitions } from '../../../../tests/support/repetitions.ts';
import { fuzz } from './fuzz.ts';

const FIXED_SEED = 1;
const FRAMES = repetitions(50_000, 200_000);

/** Fewer: the parser is the same, and only reading and writing differ. */
const TLS_FRAMES = repetitions(12_500, 50_000);

for (const { name, isTls, frameCount } of [
  { name: 'TCP', isTls: false, frameCount: FRAMES },
  { name: 'TLS', isTls: true, frameCount: TLS_FRAMES },
]) {
  test(`${frameCount} mutated frames over ${name} do not crash or hang the server, grow its memory, or change its answers`, async (t) => {
    const { FUZZ_SEED } = process.env;
    const seed =
      FUZZ_SEED === undefined ? repetitions(FIXED_SEED, randomInt(2 ** 32)) : Number(FUZZ_SEED);

    const figures = await fuzz({
      seed,
      isTls,
      isEnough: ({ frames }) => frames >= frameCount,
    });

    t.diagnostic(`seed ${seed}: ${JSON.stringify(figures)}`);
  });
}
