/** Turns the unreleased section of the changelog into that of a version. Pure. */

const UNRELEASED = '## [Unreleased]\n';

export interface Released {
  /** The section of the version, without its title. */
  readonly notes: string;
  /** The changelog with the section of the version, and an empty unreleased one above it. */
  readonly changelog: string;
}

/**
 * @param date ISO 8601, such as `2026-11-28`.
 * @throws {Error} Nothing is unreleased, or the version has a section already.
 */
export function releaseSection(changelog: string, version: string, date: string): Released {
  const [before, after, ...more] = changelog.split(UNRELEASED);
  if (after === undefined || more.length > 0) {
    throw new Error('The changelog has no section "Unreleased", or several');
  }
  if (after.includes(`\n## [${version}]`)) {
    throw new Error(`The changelog has a section of ${version} already`);
  }
  const [notes = ''] = after.split(/^## /m);
  if (notes.trim() === '') throw new Error('The changelog has no unreleased changes');
  return {
    notes: notes.trim(),
    changelog: `${before}${UNRELEASED}\n## [${version}] - ${date}\n${after}`,
  };
}
