/**
 * `npm run autobahn [-- [--tls] CASE ...]`: runs the Autobahn cases against our server and our
 * client, over TCP or TLS. Takes some minutes; needs Python, see `autobahn/kosoku.ts`.
 *
 * A run of all cases writes the summary to `docs/autobahn.md`, or `docs/autobahn-tls.md`; a run of
 * some (`7.*`) only prints it. Exits with 1 if a case fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_CERTIFICATE, TEST_KEY } from '../tests/support/certificate.ts';
import { readArguments } from './arguments.ts';
import {
  type CaseResult,
  installKosoku,
  KOSOKU_VERSION,
  runKosoku,
  type Selection,
} from './autobahn/kosoku.ts';
import { formatReport, isPassed, type SideResults } from './autobahn/report.ts';
import { bridgeFromTlsClient, bridgeToTlsServer } from './autobahn/tls-bridge.ts';
import { root, runCommand, tool } from './steps.ts';

/** The largest message of the cases has 16 MiB. */
const MESSAGE_BYTES_MAX = '33554432';

/** For clients that offer no context takeover; others get `UNIMPLEMENTED`. */
const WITHOUT_TAKEOVER = ['13.2.*', '13.5.*', '13.6.*'];

const { positionals: cases, values } = readArguments({
  name: 'autobahn',
  about:
    "Runs all Autobahn cases, or those named, against the engine's server and client. A run of all cases writes docs/autobahn.md, or docs/autobahn-tls.md.",
  options: { tls: { type: 'boolean', default: false, about: 'Over TLS.' } },
  positionals: '[CASE ...]',
});
const { tls: isTls } = values;
installKosoku();
// In parallel: most of the time one end waits for the other.
const [server, ...clients] = await Promise.all([
  judgeServer(),
  judgeClient({ include: cases, exclude: WITHOUT_TAKEOVER }),
  judgeClient(selectionOf(WITHOUT_TAKEOVER), '--no-context-takeover'),
]);
const sides: SideResults[] = [
  { side: 'server', results: server },
  { side: 'client', results: clients.flat() },
];
for (const { side, results } of sides) printResult(side, results);
if (cases.length === 0) await writeReport(sides);
process.exitCode = sides.every(({ results }) => results.every(isPassed)) ? 0 : 1;

/** The requested cases of these groups; `undefined` if none of them was requested. */
function selectionOf(groups: readonly string[]): Selection | undefined {
  if (cases.length === 0) return { include: groups };
  const include = cases.flatMap((each) => {
    const isWithin = groups.some((group) => each.startsWith(withoutStar(group)));
    return isWithin ? [each] : groups.filter((group) => group.startsWith(withoutStar(each)));
  });
  return include.length === 0 ? undefined : { include };
}

function withoutStar(pattern: string): string {
  return pattern.replace(/\*$/, '');
}

async function judgeServer(): Promise<readonly CaseResult[]> {
  const files = isTls ? writeCertificate() : undefined;
  const echoServer = startProgram(
    'packages/websocket/examples/echo-server.mjs',
    ...['--port', '0', '--max-message', MESSAGE_BYTES_MAX],
    ...(files === undefined ? [] : ['--cert', files.cert, '--key', files.key]),
  );
  try {
    const [, port = ''] = await lineOf(echoServer, /listening on wss?:\/\/\S+:(\d+)/);
    const bridge = isTls ? await bridgeToTlsServer(Number(port)) : undefined;
    const address = bridge?.address ?? `127.0.0.1:${port}`;
    const { results } = runKosoku('fuzzingclient', address, { include: cases });
    return await results.finally(() => bridge?.close());
  } finally {
    echoServer.kill();
    files?.remove();
  }
}

async function judgeClient(
  selection: Selection | undefined,
  ...flags: string[]
): Promise<readonly CaseResult[]> {
  if (selection === undefined) return [];
  const suite = runKosoku('fuzzingserver', '127.0.0.1:0', selection);
  const url = await suite.url;
  const bridge = isTls ? await bridgeFromTlsClient(Number(new URL(url).port)) : undefined;
  const address = bridge === undefined ? url : `wss://${bridge.address}`;
  const client = startProgram('scripts/autobahn/client.ts', address, ...flags);
  try {
    return await suite.results;
  } finally {
    client.kill();
    suite.stop();
    bridge?.close();
  }
}

function writeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-autobahn-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, TEST_CERTIFICATE);
  writeFileSync(key, TEST_KEY, { mode: 0o600 });
  return { cert, key, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function startProgram(path: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(root, path), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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

function printResult(side: string, results: readonly CaseResult[]): void {
  const failed = results.filter((each) => !isPassed(each));
  console.log(`${side}: ${results.length} cases, ${results.length - failed.length} passed`);
  for (const each of failed) console.log(`  ${each.id}: ${each.behavior}, ${each.behaviorClose}`);
}

async function writeReport(results: readonly SideResults[]): Promise<void> {
  // The package's own version.
  const { version } = JSON.parse(
    readFileSync(join(root, 'packages/websocket/package.json'), 'utf8'),
  ) as { version: string };
  const versions = `kosoku ${KOSOKU_VERSION}, @parley/websocket ${version}, Node ${process.version}`;
  const report = isTls ? 'docs/autobahn-tls.md' : 'docs/autobahn.md';
  writeFileSync(join(root, report), formatReport(results, { versions, isTls }));
  await runCommand(tool('biome'), ['format', '--write', report], { quiet: true });
  console.log(`wrote ${report}`);
}
