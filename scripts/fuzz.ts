/**
 * `npm run fuzz -- [--minutes N] [--seed S]`: the fuzzing of the tests for as long
 * as one likes; 10 minutes by default. A failure names seed, session and bytes.
 */
import { randomInt } from 'node:crypto';
import { type FuzzFigures, fuzz } from '../packages/websocket/test/fuzz/fuzz.ts';
import { readArguments, SEED_OPTION } from './arguments.ts';

const PROGRESS_MS = 10_000;

const { values } = readArguments({
  name: 'fuzz',
  about: 'Broken traffic against the engine. A failure names seed, session and bytes.',
  options: {
    minutes: { type: 'string', value: 'N', default: '10', about: 'How long.' },
    seed: SEED_OPTION,
  },
});
const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
const endMs = performance.now() + Number(values.minutes) * 60_000;
let nextProgressMs = performance.now() + PROGRESS_MS;

console.log(`seed ${seed}`);
tell(await fuzz({ seed, isEnough }));

function isEnough(figures: FuzzFigures): boolean {
  const nowMs = performance.now();
  if (nowMs >= nextProgressMs) {
    nextProgressMs = nowMs + PROGRESS_MS;
    tell(figures);
  }
  return nowMs >= endMs;
}

function tell({ frames, sessions, beats, growthBytes }: FuzzFigures): void {
  const growth = growthBytes === 0 ? '' : `, ${growthBytes} bytes more than at the start`;
  console.log(`${frames} frames, ${sessions} sessions, ${beats} healthy answers${growth}`);
}
