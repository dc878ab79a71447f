/**
 * `npm run autobahn [-- CASE ...]`: the Autobahn cases against our server, then
 * against our client. Takes some minutes; needs Python, see `autobahn/kosoku.ts`.
 *
 * Of all cases the summary goes to `docs/autobahn.md`; of a choice (`7.*`) it is
 * only printed. Ends with 1 where a case is not passed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaseResult, installKosoku, KOSOKU_VERSION, runKosoku } from './autobahn/kosoku.ts';
import { formatReport, isPassed, type SideResults } from './autobahn/report.ts';
import { root, runCommand, tool } from './steps.ts';

const REPORT = join(root, 'docs/autobahn.md');

/** The largest message of the cases has 16 MiB. */
const MESSAGE_BYTES_MAX = '33554432';

const cases = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'parley-autobahn-'));
try {
  installKosoku();
  // Side by side: most of the time one end waits for the other.
  const [server, client] = await Promise.all([judgeServer(), judgeClient()]);
  const sides: SideResults[] = [
    { side: 'server', results: server },
    { side: 'client', results: client },
  ];
  for (const { side, results } of sides) tell(side, results);
  if (cases.length === 0) await writeReport(sides);
  const all = sides.flatMap(({ results }) => results);
  process.exitCode = all.length > 0 && all.every(isPassed) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function judgeServer(): Promise<readonly CaseResult[]> {
  const server = startProgram(
    join(root, 'packages/websocket/examples/echo-server.ts'),
    '--port',
    '0',
    '--max-message',
    MESSAGE_BYTES_MAX,
  );
  try {
    const [, address = ''] = await lineOf(server, /listening on ws:\/\/(\S+)/);
    return await runKosoku('fuzzingclient', address, { cases, folder: join(folder, 'server') })
      .results;
  } finally {
    server.kill();
  }
}

async function judgeClient(): Promise<readonly CaseResult[]> {
  const suite = runKosoku('fuzzingserver', '127.0.0.1:0', {
    cases,
    folder: join(folder, 'client'),
  });
  const client = startProgram(join(import.meta.dirname, 'autobahn/client.ts'), await suite.url);
  try {
    return await suite.results;
  } finally {
    client.kill();
    suite.stop();
  }
}

function startProgram(path: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The first output that matches. */
function lineOf(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = pattern.exec(output);
      if (match !== null) resolve(match);
    });
    child.once('close', () => reject(new Error(`ended early: ${output}`)));
  });
}

function tell(side: string, results: readonly CaseResult[]): void {
  const faulty = results.filter((each) => !isPassed(each));
  console.log(`${side}: ${results.length} cases, ${results.length - faulty.length} passed`);
  for (const each of faulty) console.log(`  ${each.id}: ${each.behavior}, ${each.behaviorClose}`);
}

async function writeReport(sides: readonly SideResults[]): Promise<void> {
  const { version } = JSON.parse(
    readFileSync(join(root, 'packages/websocket/package.json'), 'utf8'),
  ) as { version: string };
  const versions = `kosoku ${KOSOKU_VERSION}, @parley/websocket ${version}, Node ${process.version}`;
  writeFileSync(REPORT, formatReport(sides, versions));
  await runCommand(tool('biome'), ['format', '--write', REPORT], { quiet: true });
  console.log('wrote docs/autobahn.md');
}
