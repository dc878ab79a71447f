/** The engine's tests as JavaScript, compiled with the options of the package. */
import { mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runCommand, tool } from '../steps.ts';

interface CompiledSuites {
  readonly folder: string;
  /** Arguments for the test runner of any Node. */
  readonly testArguments: readonly string[];
  /** The file of its results, which are also its output. */
  readonly results: string;
}

const ENGINE = 'packages/websocket';

const SUBJECTS = ['src', 'test/conformance', 'test/node', 'test/protocol', 'test/ws'];

/** Files that run at the same time: they wait most of the time. */
const CONCURRENCY = 4;

/** They run sources or tools of the checkout, or measure the memory of one version of Node. */
const NOT_COMPILED = [
  'node-internals-switch',
  'descriptors',
  'differences',
  'memory',
  'young-collection',
];

/** The tests use it; Node 20 lacks it, and the engine does without. */
const WITH_RESOLVERS = `Promise.withResolvers ??= function withResolvers() {
  let resolve;
  let reject;
  const promise = new this((...functions) => ([resolve, reject] = functions));
  return { promise, resolve, reject };
};
`;

/** Compiles into a new folder outside of `node_modules`, where test runners look for no tests. */
export async function compileSuites(): Promise<CompiledSuites> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-suites-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const config = join(folder, 'tsconfig.json');
  const content = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: false, rootDir: root, outDir: folder },
    include: SUBJECTS.map((each) => join(root, ENGINE, each)),
  };
  await writeFile(config, JSON.stringify(content));
  const { code, output } = await runCommand(tool('tsc'), ['-p', config], { quiet: true });
  if (code !== 0) throw new Error(`the suites could not be compiled:\n${output}`);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const preload = join(folder, 'preload.js');
  await writeFile(preload, WITH_RESOLVERS);
  const files = await testFiles(join(folder, ENGINE, 'test'));
  const results = join(folder, 'results.tap');
  return {
    folder,
    results,
    testArguments: [
      // A test that fails may leave its sockets open. Ended by force, the runner of Node 20 does not
      // wait until it has written the file, and those of later versions not for the output.
      ...['--import', preload, '--test', '--test-force-exit'],
      ...['--test-reporter=tap', '--test-reporter-destination=stdout'],
      ...['--test-reporter=tap', `--test-reporter-destination=${results}`],
      ...[`--test-concurrency=${CONCURRENCY}`, ...files],
    ],
  };
}

async function testFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries
    .filter((name) => name.endsWith('.test.js'))
    .filter((name) => !NOT_COMPILED.some((each) => name.endsWith(`/${each}.test.js`)))
    .map((name) => join(folder, name));
}
