/**
 * `npm run runtimes [-- NAME ...]`: tests the engine on each supported runtime, which npm packages
 * provide, in some minutes: on the oldest and newest Node, with and without the undocumented parts
 * of Node, and on Bun and Deno.
 *
 * Each runtime runs a program that uses the packed package (`runtimes/smoke.mjs`); each Node also
 * runs the engine's suites, compiled as the package is. Exits with 1 if one fails. A run of some
 * says which were left out, so that the results of several runs can be put together.
 */
import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PackedCheckout, runProgram } from '../tests/package/packed-checkout.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../tests/support/certificate.ts';
import { readArguments } from './arguments.ts';
import { compileSuites } from './runtimes/compile-suites.ts';
import { installRuntime, RUNTIMES, type Runtime } from './runtimes/install-runtime.ts';
import { findDifferences, hasEnd } from './runtimes/known-differences.ts';
import { stop } from './setup/say.mjs';

const SHOWN_LINES_MAX = 80;

const { positionals: picked } = readArguments({
  name: 'runtimes',
  about: `Tests the engine on each supported runtime, or on those named: ${RUNTIMES.map(({ name }) => name).join(', ')}.`,
  positionals: '[NAME ...]',
});
const unknown = picked.find((name) => RUNTIMES.every((each) => each.name !== name));
if (unknown !== undefined) stop(`runtimes: Unknown runtime '${unknown}'.`);

const packed = await PackedCheckout.make(['websocket']);
const app = await packed.install(packed.tarballs);
const suites = await compileSuites();
let failed = 0;
try {
  const smoke = join(app, 'smoke.mjs');
  await copyFile(join(import.meta.dirname, 'runtimes/smoke.mjs'), smoke);
  for (const runtime of RUNTIMES.filter(isPicked)) await testOn(runtime, smoke);
} finally {
  await packed.remove();
  await rm(suites.folder, { recursive: true, force: true });
}
const leftOut = RUNTIMES.filter((runtime) => !isPicked(runtime)).map(({ name }) => name);
console.log(leftOut.length === 0 ? 'all runtimes have run' : `not run: ${leftOut.join(', ')}`);
process.exitCode = failed === 0 ? 0 : 1;

function isPicked({ name }: Runtime): boolean {
  return picked.length === 0 || picked.includes(name);
}

async function testOn(runtime: Runtime, smoke: string): Promise<void> {
  const { name, version, runArguments, isNode } = runtime;
  const program = await installRuntime(runtime);
  for (const internals of ['on', 'off']) {
    const env = { ...process.env, PARLEY_NODE_INTERNALS: internals, NODE_COMPILE_CACHE: '' };
    const label = `${name} ${version}, internals ${internals}`;
    const smokeArguments = [...runArguments, smoke, TEST_CERTIFICATE, TEST_KEY];
    const used = await runProgram(program, smokeArguments, { cwd: app, env });
    report(`${label}: package: ${used.output.trim()}`, used.code === 0);
    if (!isNode) continue;
    let { code, output } = await runSuites(program, env);
    // The runner of Node 20 may end before it has written either of its results.
    if (!hasEnd(output)) ({ code, output } = await runSuites(program, env));
    const hasEnded = hasEnd(output);
    const { known, unknown, gone } = findDifferences(version, output);
    const isExpected = code === (known.length === 0 ? 0 : 1);
    const hasPassed = hasEnded && isExpected && unknown.length === 0 && gone.length === 0;
    report(`${label}: suites: ${countsOf(output)}, ${known.length} known differences`, hasPassed);
    for (const title of known) console.log(`        known: ${title}`);
    for (const title of unknown) console.log(`        fails: ${title}`);
    for (const title of gone)
      console.log(`        passes, although it is listed as failing: ${title}`);
    if (!hasEnded) console.log(`        ended early, with the code ${code}`);
    if (!hasPassed) console.log(failuresIn(output).slice(-SHOWN_LINES_MAX).join('\n'));
  }
}

async function runSuites(program: string, env: NodeJS.ProcessEnv) {
  const { code, output } = await runProgram(program, suites.testArguments, { env });
  const written = await readFile(suites.results, 'utf8').catch(() => '');
  await rm(suites.results, { force: true });
  return { code, output: hasEnd(written) ? written : output };
}

function report(result: string, hasPassed: boolean): void {
  if (!hasPassed) failed += 1;
  console.log(`${hasPassed ? 'ok    ' : 'FAILED'}  ${result}`);
}

/** The failed tests with their errors, in the format TAP; all lines if there are none. */
function failuresIn(output: string): string[] {
  const failures = output.match(/^ *not ok [\s\S]*?^ *\.\.\.$/gm) ?? [output];
  return failures.flatMap((each) => each.trim().split('\n'));
}

function countsOf(output: string): string {
  const count = (what: string) => new RegExp(`^# ${what} (\\d+)`, 'm').exec(output)?.[1];
  return `${count('pass')} passed, ${count('skipped')} skipped, ${count('fail')} failed`;
}
