/**
 * Finds what makes a test fail by chance, as far as a machine can recognise it: fresh randomness, work
 * that ends by time, time limits of suites, and locks or connections of other tests' databases.
 * CONTRIBUTING.md has the rules.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './steps.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly advice: string;
  /** On the same line, shows that the rule is kept. */
  readonly unless?: RegExp;
}

const RULES: readonly Rule[] = [
  {
    pattern: /Math\.random\(|\brandomInt\(|Date\.now\(\) %/,
    advice: 'take a fixed seed, and a fresh one only with --all (`repetitions`)',
    unless: /repetitions\(/,
  },
  {
    pattern: /\b(?:while|for) \(.*\b(?:performance|Date)\.now\(\)|isEnough.*\.now\(\)/,
    advice: 'end a loop by a count; time is only a deadline (`until`)',
  },
  {
    pattern: /\b(?:describe|test|it|suite)\(.*\btimeout: \d/,
    advice: 'each test has a limit already (`scripts/test/run-file.ts`)',
  },
  {
    pattern: /\b(?:pg_locks|pg_stat_activity)\b/,
    advice: 'other tests use the same server: filter by the database or by a process id',
    unless: /current_database\(\)|OF_THIS_DATABASE|pg_blocking_pids/,
  },
];

/** Lines that break a rule on purpose, by file. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'tests/browser/shared-socket.test.ts': 'keeps a tab busy for a time',
  'tests/cluster/faults-run.ts': 'npm run crash runs for a time; a test runs one round',
  'packages/server/test/stores/postgres/server-lock.test.ts': 'joins the database by its name',
  'packages/server/test/stores/postgres/migrations.test.ts': 'filters in the next line',
};

/** Each finding in one line; none if all is well. */
export function findChance(): string[] {
  return testFiles()
    .filter((path) => !Object.hasOwn(EXCEPTIONS, path))
    .flatMap((path) =>
      findInTest(readFileSync(join(root, path), 'utf8')).map(
        ({ line, advice }) => `${path}:${line}: ${advice}`,
      ),
    );
}

export function findInTest(text: string): { readonly line: number; readonly advice: string }[] {
  return text
    .split('\n')
    .flatMap((source, index) =>
      RULES.filter(
        ({ pattern, unless }) => pattern.test(source) && unless?.test(source) !== true,
      ).map(({ advice }) => ({ line: index + 1, advice })),
    );
}

/** Attacks of `npm run hostile` last for a time, and are not tests. */
const EXCLUDED = /(?:^|\/)(?:node_modules|dist)\/|^tests\/hostile\//;

function testFiles(): string[] {
  return ['packages', 'tests']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => /^tests\/|^packages\/[^/]+\/test\//.test(path) && !EXCLUDED.test(path));
}
