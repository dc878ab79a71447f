/**
 * `npm run bench -- NAME [--json FILE] [--markdown FILE] [--works TEXT,…] [--subjects NAME,…]
 * [--rounds N] [--quick]`
 *
 * Measures the works of a benchmark for all subjects, and prints tables with the ratios to the
 * peer.
 */
import { writeFileSync } from 'node:fs';
import { readArguments } from '../scripts/arguments.ts';
import { BENCHES } from './benches.ts';
import { readEnvironment } from './harness/environment.ts';
import { measure } from './harness/measure.ts';
import { pickWorks } from './harness/pick-works.ts';
import { formatReport, makeReport } from './harness/report.ts';

const NAMES = Object.keys(BENCHES).join(', ');
const FULL = { rounds: 3, throttle: { warmUpCpuMs: 2_000, windowCpuMs: 1_600, phaseMsMax: 6_000 } };
const QUICK = { rounds: 1, throttle: { warmUpCpuMs: 200, windowCpuMs: 200, phaseMsMax: 2_000 } };

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(
    {
      name: 'bench',
      about: `Measures beside peers, and prints the ratios. NAME is one of: ${NAMES}.`,
      positionals: 'NAME',
      options: {
        json: { type: 'string', value: 'FILE', about: 'Writes the figures there as data.' },
        markdown: { type: 'string', value: 'FILE', about: 'Writes the tables there.' },
        works: { type: 'string', value: 'TEXT,…', about: 'Those whose name holds a text.' },
        subjects: { type: 'string', value: 'NAME,…', about: 'Those of these names.' },
        rounds: { type: 'string', value: 'N', about: 'Measures N times instead of three.' },
        quick: {
          type: 'boolean',
          default: false,
          about: 'Measures once and shortly: to see that all works, not to compare.',
        },
      },
    },
    args,
  );
  const [name = ''] = positionals;
  const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (load === undefined || positionals.length > 1) {
    throw new Error(`name one of: ${NAMES}`);
  }

  const bench = pickWorks(await load(), values);
  const note = (line: string) => console.error(line);
  const options = values.quick ? QUICK : FULL;
  const rounds = Number(values.rounds ?? options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a whole number from 1');
  const found = await measure(bench, { ...options, rounds, note });
  const report = makeReport(bench, readEnvironment(), found);
  const text = formatReport(report);
  console.log(text);
  if (values.markdown !== undefined) writeFileSync(values.markdown, text);
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return report.faults.length === 0 ? 0 : 1;
}
