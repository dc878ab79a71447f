import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseSection } from './changelog.ts';

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- Search.

## [0.1.0] - 2026-01-31

- Rooms.
`;

test('the unreleased section becomes that of the version, below an empty one', () => {
  const { notes, changelog } = releaseSection(CHANGELOG, '0.2.0', '2026-11-28');

  assert.equal(notes, '### Added\n\n- Search.');
  assert.equal(
    changelog,
    CHANGELOG.replace('## [Unreleased]\n', '## [Unreleased]\n\n## [0.2.0] - 2026-11-28\n'),
  );
});

for (const [title, changelog, version] of [
  ['has no unreleased section', '# Changelog\n', '0.2.0'],
  ['has no unreleased changes', CHANGELOG.replace('### Added\n\n- Search.\n', ''), '0.2.0'],
  ['has the version already', CHANGELOG, '0.1.0'],
] as const) {
  test(`a changelog that ${title} is rejected`, () => {
    assert.throws(() => releaseSection(changelog, version, '2026-11-28'), /The changelog has/);
  });
}
