/** Tells in one page what the Autobahn cases said of server and client. */
import type { CaseResult } from './kosoku.ts';

export interface SideResults {
  readonly side: 'server' | 'client';
  readonly results: readonly CaseResult[];
}

/** The suite's own groups, by the first part of a case's id. */
const GROUPS: Readonly<Record<string, string>> = {
  1: 'Framing',
  2: 'Pings and pongs',
  3: 'Reserved bits',
  4: 'Opcodes',
  5: 'Fragmentation',
  6: 'UTF-8',
  7: 'Close handshake',
  9: 'Limits, large messages',
  10: 'Fragments of a given size',
  12: 'Compression, payloads',
  13: 'Compression, parameters',
};

/** `INFORMATIONAL`: the case looks at what the RFC leaves open. */
const PASSES = ['OK', 'INFORMATIONAL'];

export function isPassed({ behavior, behaviorClose }: CaseResult): boolean {
  return PASSES.includes(behavior) && PASSES.includes(behaviorClose);
}

/** The page; `versions` is told as it stands. */
export function formatReport(sides: readonly SideResults[], versions: string): string {
  return [
    '# The Autobahn cases',
    '',
    `Made by \`npm run autobahn\` with ${versions}.`,
    '',
    'Counts are cases by the suite’s own verdict on behaviour. How the connection was closed is judged',
    'apart: a case that is not OK in both stands in the list below the table. INFORMATIONAL cases look at',
    'what RFC 6455 leaves open, such as what becomes of data behind a close frame.',
    '',
    ...sides.flatMap(({ side, results }) => [
      `## Our ${side}: ${results.length} cases`,
      '',
      ...groupTable(results),
      '',
      ...exceptions(results),
      '',
    ]),
  ].join('\n');
}

function groupTable(results: readonly CaseResult[]): string[] {
  const verdicts = [...new Set(results.map((each) => each.behavior))].sort(
    (a, b) => rank(a) - rank(b),
  );
  const row = (title: string, cases: readonly CaseResult[]): string => {
    const counts = verdicts.map((verdict) => cases.filter((c) => c.behavior === verdict).length);
    return `| ${[title, cases.length, ...counts].join(' | ')} |`;
  };
  const groups = Object.entries(GROUPS).map(([number, name]) =>
    row(
      `${number} ${name}`,
      results.filter(({ id }) => id.split('.')[0] === number),
    ),
  );
  return [
    `| group | cases | ${verdicts.join(' | ')} |`,
    `| --- | --- | ${verdicts.map(() => '---').join(' | ')} |`,
    ...groups,
    row('all', results),
  ];
}

function exceptions(results: readonly CaseResult[]): string[] {
  const others = results.filter((c) => c.behavior !== 'OK' || c.behaviorClose !== 'OK');
  if (others.length === 0) return ['All of them are OK, in behaviour and in closing.'];
  return [
    'Not OK in both:',
    '',
    ...others.map((c) => `- ${c.id}: ${c.behavior}, closing ${c.behaviorClose}`),
  ];
}

/** Best first; a verdict that is not named here is a failure. */
function rank(verdict: string): number {
  const at = ['OK', 'INFORMATIONAL', 'NON-STRICT', 'UNIMPLEMENTED'].indexOf(verdict);
  return at === -1 ? 9 : at;
}
