/**
 * `npm run fuzz -- [--target engine|dialects] [--minutes N | --seconds N] [--seed S]`:
 * broken traffic against the engine, or against the whole server in all dialects and over
 * HTTP. A failure names what repeats it.
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
    'Sends broken traffic to the engine, or to the server in all dialects and over HTTP. A failure names what repeats it.',
  options: {
    target: {
      type: 'string',
      value: 'engine|dialects',
      default: 'engine',
      about: 'What is sent to.',
    },
    minutes: { type: 'string', value: 'N', default: '10', about: 'How long.' },
    seconds: { type: 'string', value: 'N', about: 'How long, instead of minutes.' },
    seed: SEED_OPTION,
    from: {
      type: 'string',
      value: 'N',
      default: '0',
      about: 'With dialects: number of the first burst.',
    },
    bursts: { type: 'string', value: 'N', about: 'With dialects: how many bursts.' },
    only: { type: 'string', value: 'NAME', about: 'With dialects: bursts of this name only.' },
  },
});
const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
const seconds = Number(values.seconds ?? Number(values.minutes) * 60);
/** Counted from the first question, by when the server runs. */
let endMs: number | undefined;
const burstsMax = Number(values.bursts ?? Number.POSITIVE_INFINITY);
let nextProgressMs = performance.now() + PROGRESS_MS;

console.log(`seed ${seed}`);
if (values.target === 'engine') {
  tellEngine(await fuzz({ seed, isEnough: (figures) => isOver(() => tellEngine(figures)) }));
} else if (values.target === 'dialects') await runDialects();
else stop(`fuzz: There is no target '${values.target}'.`);

async function runDialects(): Promise<void> {
  const figures = await fuzzDialects({
    seed,
    from: Number(values.from),
    ...(values.only === undefined ? {} : { only: values.only }),
    isEnough: (now) => now.bursts >= burstsMax || isOver(() => tellDialects(now)),
    onDefect,
  });
  tellDialects(figures);
  process.exit(figures.defects === 0 ? 0 : 1);
}

function isOver(tellProgress: () => void): boolean {
  const nowMs = performance.now();
  endMs ??= nowMs + seconds * 1000;
  if (nowMs >= nextProgressMs) {
    nextProgressMs = nowMs + PROGRESS_MS;
    tellProgress();
  }
  return nowMs >= endMs;
}

function tellEngine({ frames, sessions, beats, growthBytes }: FuzzFigures): void {
  const growth = growthBytes === 0 ? '' : `, ${growthBytes} bytes more than at the start`;
  console.log(`${frames} frames, ${sessions} sessions, ${beats} healthy answers${growth}`);
}

function tellDialects({ bursts, inputs, answers, defects }: DialectFuzzFigures): void {
  console.log(`${bursts} bursts, ${inputs} inputs, ${answers} answers, ${defects} defects`);
}

function onDefect({ burst, name, faults, inputs }: Defect): void {
  console.log(
    `\nDEFECT in ${name}: repeat with --target dialects --seed ${seed} --from ${burst} --bursts 1`,
  );
  for (const fault of faults) console.log(fault);
  console.log(`sent:\n${inputs}\n`);
}
