import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkArchive } from '../../src/archive/read-archive.ts';
import type { ArchiveSource, Cell } from '../../src/ports/archive.ts';
import { chunksOf, linesOf } from '../support/archived-store.ts';

const ROWS: readonly (readonly Cell[])[] = [
  ['a', 1, null],
  ['b\n"', 2, 'ü'],
];
const source: ArchiveSource = {
  tables: [
    { name: 'users', key: ['id'], columns: ['id', 'created_at', 'name'] },
    { name: 'rooms', key: ['id'], columns: ['id', 'head', 'log_id'] },
  ],
  readRows: () => ROWS,
  close: async () => {},
};

const check = (lines: readonly string[]) => checkArchive(chunksOf(lines, 7));

describe('an archive', () => {
  test('is read in chunks of any size', async () => {
    const lines = await linesOf(source);

    for (const size of [1, 2, 64, 10_000]) await checkArchive(chunksOf(lines, size));
  });

  test('is rejected if truncated after any line', async () => {
    const lines = await linesOf(source);

    for (let kept = 1; kept < lines.length; kept += 1) {
      await assert.rejects(check(lines.slice(0, kept)), {
        name: 'ArchiveError',
        message: `The archive is cut off after line ${kept}.`,
      });
    }
    await assert.rejects(check([]), { message: 'The archive is empty.' });
  });

  test('is rejected before an import if it has a value that no server would have stored', async () => {
    const odd: ArchiveSource = {
      ...source,
      tables: [{ name: 'users', key: ['id'], columns: ['id', 'created_at', 'password_hash'] }],
    };

    await assert.rejects(check(await linesOf(odd)), {
      name: 'ArchiveError',
      message:
        "Line 3 of the archive, in users, cannot be stored: password_hash is not '!' or an argon2id hash with usual parameters.",
    });
  });

  test('is rejected if any byte differs', async () => {
    const bytes = Buffer.from((await linesOf(source)).map((line) => `${line}\n`).join(''));
    const places = fc.integer({ min: 0, max: bytes.byteLength - 2 });
    const flips = fc.integer({ min: 1, max: 255 });
    await fc.assert(
      fc.asyncProperty(places, flips, async (at, flip) => {
        const other = Buffer.from(bytes);
        other.writeUInt8(bytes.readUInt8(at) ^ flip, at);
        const one = async function* () {
          yield other;
        };

        await assert.rejects(checkArchive(one()), { name: 'ArchiveError' });
      }),
      { numRuns: 500 },
    );
  });

  test('is rejected with the line number if a row is missing', async () => {
    const lines = await linesOf(source);

    await assert.rejects(check(lines.toSpliced(3, 1)), {
      message: 'The archive is damaged in line 4: there are 1 rows, not 2.',
    });
  });

  test('is rejected with the line number if a row was changed', async () => {
    const lines = await linesOf(source);

    await assert.rejects(check(lines.with(2, '["a",2,null]')), {
      message: 'The archive is damaged in line 5: the hash of the rows above does not match.',
    });
  });

  test('is rejected if a table has a duplicate column', async () => {
    const lines = await linesOf(source);

    await assert.rejects(check(lines.with(1, '{"table":"users","columns":["id","name","name"]}')), {
      message: 'The archive is damaged in line 2: this is not a line of an archive.',
    });
  });

  const wrong: readonly [what: string, text: string, message: RegExp][] = [
    ['another file', 'hello', /^This is not a Parley archive\.$/],
    ['another JSON file', '{"archive":"other"}', /^This is not a Parley archive\.$/],
    [
      'an archive of a later format',
      '{"archive":"parley","format":2,"id":"x"}',
      /^The archive has format 2; this Parley reads format 1\. Use a newer Parley\.$/,
    ],
  ];
  for (const [what, text, message] of wrong) {
    test(`is rejected if it is ${what}`, async () => {
      await assert.rejects(check([text]), { name: 'ArchiveError', message });
    });
  }

  test('is rejected if a line would fill the memory', async () => {
    const endless = async function* () {
      const piece = Buffer.alloc(1024 * 1024, 'x');
      for (;;) yield piece;
    };

    await assert.rejects(checkArchive(endless()), /a line of more than \d+ bytes/);
  });

  test('contains the hashes of its rows and of the whole file', async () => {
    const lines = await linesOf(source);

    const sha256 = (...of: string[]) =>
      createHash('sha256')
        .update(of.map((line) => `${line}\n`).join(''))
        .digest('hex');
    assert.equal(lines[4], JSON.stringify({ rows: 2, sha256: sha256(...lines.slice(2, 4)) }));
    assert.equal(
      lines.at(-1),
      JSON.stringify({ end: 'parley', sha256: sha256(...lines.slice(0, -1)) }),
    );
  });
});
