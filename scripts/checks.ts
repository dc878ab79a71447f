/** The checks that run before the tests: format and lint, import directions, documents, types. */

import { findWording } from './check-english.ts';
import { findUnusedExports } from './check-exports.ts';
import { findBreaches, findCycles } from './check-imports.ts';
import { findChance } from './check-tests.ts';
import { generateDocs } from './docs/generate.ts';
import { findBreaksSinceRelease } from './release/interface-documents.ts';
import { runCommand, tool } from './steps.ts';

export interface CheckResult {
  readonly name: string;
  /** Readable description of the problems; empty if there are none. */
  readonly fault: string;
}

const TYPE_PROJECTS = [
  '.',
  'packages/websocket',
  'packages/protocol',
  'packages/server',
  'packages/client',
  'packages/web',
];

export async function runChecks(): Promise<CheckResult[]> {
  return [
    await checkFormatAndLint(),
    {
      name: 'import directions and cycles',
      fault: [...findBreaches(), ...findCycles()].join('\n'),
    },
    { name: 'exports that are imported', fault: findUnusedExports().join('\n') },
    checkDocs(),
    { name: 'interfaces of the last release', fault: findBreaksSinceRelease().join('\n') },
    { name: 'plain English', fault: findWording().join('\n') },
    { name: 'tests without chance', fault: findChance().join('\n') },
    ...(await Promise.all(TYPE_PROJECTS.map(checkTypes))),
  ];
}

async function checkFormatAndLint(): Promise<CheckResult> {
  const args = ['ci', '--error-on-warnings', '--max-diagnostics=20', '--colors=off', '.'];
  const { code, output } = await runCommand(tool('biome'), args, { quiet: true });
  return { name: 'format and lint', fault: code === 0 ? '' : output };
}

function checkDocs(): CheckResult {
  const stale = generateDocs({ write: false });
  const fault = stale.length === 0 ? '' : `Out of date; 'npm run docs' updates them: ${stale}`;
  return { name: 'generated documents', fault };
}

async function checkTypes(project: string): Promise<CheckResult> {
  // The projects are checked at the same time; more threads in each would repeat the work of others.
  const args = ['-p', project, '--singleThreaded'];
  const { code, output } = await runCommand(tool('tsc'), args, { quiet: true });
  return {
    name: `types of ${project === '.' ? 'scripts and tests' : project}`,
    fault: code === 0 ? '' : output,
  };
}
