/** Tests that fail on a version of Node because of that version. */
interface KnownDifference {
  /** Versions of Node that it concerns. */
  readonly versions: RegExp;
  readonly title: RegExp;
}

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  // The expectations of the `ws` package are those on the Node of the checkout.
  { versions: /^(?!24\.)/, title: /^ws: / },
  // The HTTP parser of Node 20 accepts it.
  { versions: /^20\./, title: /^ours: a header name with a blank/ },
  // Node 20 has no `shouldUpgradeCallback`: each upgrade reaches the engine, which rejects it.
  { versions: /^20\./, title: /^an upgrade to another protocol is an ordinary request$/ },
];

export interface FailedTests {
  readonly known: readonly string[];
  readonly unknown: readonly string[];
}

/** Reads the titles of failed tests from the output of a test run, in the format TAP. */
export function findFailedTests(version: string, output: string): FailedTests {
  const titles = [...output.matchAll(/^ *not ok \d+ - (.+)$/gm)].map(([, title = '']) => title);
  const isKnown = (title: string) =>
    KNOWN_DIFFERENCES.some((each) => each.versions.test(version) && each.title.test(title));
  return {
    known: titles.filter(isKnown),
    unknown: titles.filter((title) => !isKnown(title)),
  };
}
