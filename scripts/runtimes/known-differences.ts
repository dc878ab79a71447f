/**
 * Tests that fail on a runtime because of that runtime, by their titles. All other failures, and
 * differences that no longer exist, count as failures.
 */

interface KnownDifference {
  /** Versions of Node that it concerns. */
  readonly versions: RegExp;
  readonly titles: readonly string[];
}

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    // The HTTP parser of Node 20.19 accepts it, that of 20.20 does not.
    versions: /^20\.19\./,
    titles: [
      'ours: a header name with a blank (RFC 9112 5.1)',
      'ws: a header name with a blank (RFC 9112 5.1)',
    ],
  },
  {
    // Node 20 has no `shouldUpgradeCallback`: each upgrade reaches the engine, which rejects it.
    versions: /^20\./,
    titles: ['an upgrade to another protocol is an ordinary request'],
  },
  {
    // Node 20 calls back the write that is under way without an error when its socket is destroyed.
    versions: /^20\./,
    titles: ['ws: what terminate cuts off is called back with an error, before close'],
  },
  {
    // Node 20 copies memory that may not be transferred, without an error.
    versions: /^20\./,
    titles: ['shared', 'pooled', 'own'].map(
      (use) => `messages that share memory cannot be transferred, with readBuffer ${use}`,
    ),
  },
  {
    // `ws` accepts an upgrade with a body. Node 26 takes the next bytes for that body; earlier
    // versions pass them to the socket.
    versions: /^26\./,
    titles: ['ws: a body (4.1)', 'ws: a chunked body (4.1)'],
  },
  {
    // The request of Node 26 does not destroy a socket that it has given away, and `ws` neither.
    versions: /^26\./,
    titles: ['ws: signal aborted by a listener of upgrade ends the connection'],
  },
];

interface Differences {
  /** Tests that fail as expected. */
  readonly known: readonly string[];
  /** Other tests that fail. */
  readonly unknown: readonly string[];
  /** Tests that were expected to fail, and do not. */
  readonly gone: readonly string[];
}

/** Whether the output of a run has an end: one that was cut off shows no failure. */
export function hasEnd(output: string): boolean {
  return /^# fail \d+$/m.test(output);
}

/** Compares the failed tests of a run, in the format TAP, with the known differences. */
export function findDifferences(version: string, output: string): Differences {
  const failed = [...output.matchAll(/^ *not ok \d+ - (.+)$/gm)].map(([, title = '']) => title);
  const expected = KNOWN_DIFFERENCES.filter(({ versions }) => versions.test(version)).flatMap(
    ({ titles }) => titles,
  );
  return {
    known: failed.filter((title) => expected.includes(title)),
    unknown: failed.filter((title) => !expected.includes(title)),
    gone: expected.filter((title) => !failed.includes(title)),
  };
}
