/**
 * `npm run fuzz -- [--target engine|dialects] [--tls] [--minutes N | --seconds N] [--seed S]`:
 * sends invalid traffic to the engine, or to the whole server in all dialects and over
 * HTTP. A failure prints the command that repeats it.
 */
import { randomInt } from 'node:crypto';
import { type FuzzFigures, fuzz } from '../packages/websocket/test/fuzz/fuzz.ts';
import { type Defect, type DialectFuzzFigures, fuzzDialects } from '../tests/fuzz/fuzz.ts';
import { readArguments, SEED_OPTION } from './arguments.ts';
import { stop } from './setup/say.mjs';

const PROGRESS_MS = 10_000;

const { values } = readArguments({
  name: 'fuzz',
  about:
    'Sends invalid traffic to the engine, or to the server in all dialects and over HTTP. Prints how to repeat a failure.',
  options: {
    target: {
      type: 'string',
      value: 'engine|dialects',
      default: 'engine',
      about: 'Part under test.',
    },
    minutes: { type: 'string', value: 'N', default: '10', about: 'Duration in minutes.' },
    seconds: { type: 'string', value: 'N', about: 'Duration in seconds, instead of minutes.' },
    tls: { type: 'boolean', default: false, about: 'With engine: over TLS.' },
    frames: {
      type: 'string',
      value: 'N',
      about: 'With engine: number of frames, if reached before the end.',
    },
    seed: SEED_OPTION,
    from: {
      type: 'string',
      value: 'N',
      default: '0',
      about: 'With dialects: number of the first burst.',
    },
    bursts: { type: 'string', value: 'N', about: 'With dialects: number of bursts.' },
    only: { type: 'string', value: 'NAME', about: 'With dialects: only bursts with this name.' },
  },
});
const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
const seconds = Number(values.seconds ?? Number(values.minutes) * 60);
/** Counted from the first call of `isOver`, when the server is running. */
let endMs: number | undefined;
const framesMax = Number(values.frames ?? Number.POSITIVE_INFINITY);
const burstsMax = Number(values.bursts ?? Number.POSITIVE_INFINITY);
let nextProgressMs = performance.now() + PROGRESS_MS;

console.log(`seed ${seed}`);
if (values.target === 'engine') {
  const figures = await fuzz({
    seed,
    isTls: values.tls,
    isEnough: (now) => now.frames >= framesMax || isOver(() => printEngine(now)),
  });
  printEngine(figures);
} else if (values.target === 'dialects') await runDialects();
else stop(`fuzz: Unknown target '${values.target}'.`);

async function runDialects(): Promise<void> {
  const figures = await fuzzDialects({
    seed,
    from: Number(values.from),
    ...(values.only === undefined ? {} : { only: values.only }),
    isEnough: (now) => now.bursts >= burstsMax || isOver(() => printDialects(now)),
    onDefect,
  });
  printDialects(figures);
  process.exit(figures.defects === 0 ? 0 : 1);
}

function isOver(printProgress: () => void): boolean {
  const nowMs = performance.now();
  endMs ??= nowMs + seconds * 1000;
  if (nowMs >= nextProgressMs) {
    nextProgressMs = nowMs + PROGRESS_MS;
    printProgress();
  }
  return nowMs >= endMs;
}

function printEngine({ frames, sessions, beats, growthBytes }: FuzzFigures): void {
  const growth = growthBytes === 0 ? '' : `, ${growthBytes} bytes more than at the start`;
  console.log(`${frames} frames, ${sessions} sessions, ${beats} healthy answers${growth}`);
}

function printDialects({ bursts, inputs, answers, defects }: DialectFuzzFigures): void {
  console.log(`${bursts} bursts, ${inputs} inputs, ${answers} answers, ${defects} defects`);
}

function onDefect({ burst, name, faults, inputs }: Defect): void {
  console.log(
    `\nDEFECT in ${name}: repeat with --target dialects --seed ${seed} --from ${burst} --bursts 1`,
  );
  for (const fault of faults) console.log(fault);
  console.log(`sent:\n${inputs}\n`);
}
