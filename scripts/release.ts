/**
 * `npm run release [-- --dry-run]`: prepares the release of the version in `package.json`. Runs the
 * checks, and writes the packages, their list of parts (SBOM) and the release notes to `dist/release`;
 * then commits the changelog and the documents of the interfaces (`docs/api`), with which later
 * versions are compared, and tags the commit. Nothing is pushed or published.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readArguments } from './arguments.ts';
import { runChecks } from './checks.ts';
import { type Released, releaseSection } from './release/changelog.ts';
import { interfaceDocuments } from './release/interface-documents.ts';
import { root, runCommand } from './steps.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const OUTPUT = join(root, 'dist', 'release');
const CHANGELOG = join(root, 'CHANGELOG.md');

const { values } = readArguments({
  name: 'release',
  about:
    'Checks the version in package.json, and writes its packages, SBOM and notes to dist/release; then commits the changelog and tags the commit.',
  options: { 'dry-run': { type: 'boolean', about: 'Changes and tags nothing.' } },
});
const isDryRun = values['dry-run'] === true;

const { version } = readManifest('.');
const packages = readdirSync(join(root, 'packages')).map((name) =>
  readManifest(`packages/${name}`),
);
const released = sectionOf(version);
const faults = [
  ...packages.flatMap(versionFaults),
  ...(await repositoryFaults()),
  ...(await runChecks()).filter(({ fault }) => fault !== '').map(({ name }) => `Failed: ${name}`),
];
if (faults.length > 0) fail(faults.join('\n'));

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
writeFileSync(join(OUTPUT, 'notes.md'), `${released.notes}\n`);
for (const { name } of packages.filter((each) => each.private !== true)) {
  await run('npm', ['pack', '--silent', '--workspace', name, '--pack-destination', OUTPUT]);
}
const parts = await run('npm', ['sbom', '--silent', '--omit', 'dev', '--sbom-format', 'cyclonedx']);
writeFileSync(join(OUTPUT, 'sbom.cdx.json'), parts);
console.log(`Parley ${version}: ${readdirSync(OUTPUT).sort().join(', ')} in dist/release`);
if (isDryRun) {
  console.log('Nothing was changed or tagged (--dry-run).');
} else {
  writeFileSync(CHANGELOG, released.changelog);
  const interfaces = interfaceDocuments(version);
  for (const [path, text] of interfaces) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  await run('git', ['add', CHANGELOG, ...interfaces.keys()]);
  await run('git', ['commit', '--quiet', '--message', `Release ${version}`]);
  await run('git', ['tag', '--annotate', `v${version}`, '--message', `Parley ${version}`]);
  console.log(
    `Tagged v${version}. Run 'npm test -- --all' and 'npm run clients', push the tag, and publish the packages.`,
  );
}

function sectionOf(wanted: string): Released {
  try {
    const today = new Date().toISOString().slice(0, 10);
    return releaseSection(readFileSync(CHANGELOG, 'utf8'), wanted, today);
  } catch (error) {
    return fail(String(error));
  }
}

/** All packages are released together, and depend on each other at that version. */
function versionFaults({ name, version: own, dependencies = {} }: Manifest): string[] {
  const wrong = Object.entries(dependencies).filter(
    ([dependency, range]) => dependency.startsWith('@parley/') && range !== version,
  );
  return [
    ...(own === version ? [] : [`${name} has version ${own}, not ${version}`]),
    ...wrong.map(([dependency, range]) => `${name} depends on ${dependency} ${range}`),
  ];
}

async function repositoryFaults(): Promise<string[]> {
  const status = await run('git', ['status', '--porcelain']);
  const tags = await run('git', ['tag', '--list', `v${version}`]);
  return [
    ...(status === '' || isDryRun ? [] : ['The work tree has changes that are not committed']),
    ...(tags === '' ? [] : [`The tag v${version} exists: set the next version`]),
  ];
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const { code, output } = await runCommand(command, args, { quiet: true });
  return code === 0 ? output : fail(output);
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}
