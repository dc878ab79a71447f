/** The whole table of ranks: who replaces, shortens, prolongs and lifts whose sanction. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OPERATOR, SERVER } from '../../src/model/audit.ts';
import {
  decideSanction,
  SANCTION_RANKS,
  sanctionRankOf,
  toSanctionRank,
} from '../../src/model/sanctions.ts';

const NOW_MS = 1000;
const ENDS_MS = 5000;
const NEVER = Number.POSITIVE_INFINITY;

describe('sanctions', () => {
  test('a rank is asked for setting, replacing, shortening, prolonging and lifting', () => {
    const levels = [0, 1, 1, 2, 3, 4];
    for (const [made, madeAs] of SANCTION_RANKS.entries()) {
      for (const [acts, rank] of SANCTION_RANKS.entries()) {
        for (const untilMs of [ENDS_MS, undefined]) {
          const present = { untilMs, madeAs };
          const decide = (
            wanted: { readonly untilMs: number | undefined } | undefined,
            over = {},
          ) => decideSanction({ rank, isOwn: false, atMs: NOW_MS, wanted, ...over }, present);
          const about = `${rank} about that of ${madeAs} until ${untilMs}`;
          const suffices = (levels[acts] ?? -1) >= (levels[made] ?? 9);

          assert.deepEqual(decide(undefined), suffices ? { madeAs: rank } : 'higher-rank', about);
          for (const end of [ENDS_MS - 1, ENDS_MS, ENDS_MS + 1, undefined]) {
            const isShorter = (end ?? NEVER) < (untilMs ?? NEVER);
            const kept = isShorter ? 'higher-rank' : { madeAs };
            const expected = suffices ? { madeAs: rank } : kept;
            assert.deepEqual(decide({ untilMs: end }), expected, `${about}, to ${end}`);
            const only = suffices && isShorter ? 'ends-later' : expected;
            assert.deepEqual(decide({ untilMs: end }, { onlyProlongs: true }), only, about);
            assert.equal(decide({ untilMs: end }, { isOwn: true }), 'own-sanction');
          }
          assert.equal(decide(undefined, { isOwn: true }), 'own-sanction');
          const over = decide({ untilMs: ENDS_MS + 1 }, { atMs: ENDS_MS, onlyProlongs: true });
          if (untilMs === ENDS_MS) assert.deepEqual(over, { madeAs: rank }, `ended: ${about}`);
        }
      }
    }
  });

  test('the higher of both roles counts, and an unknown rank is that of an owner', () => {
    const rows = [
      [{ actor: OPERATOR }, 'operator'],
      [{ actor: SERVER }, 'room-moderator'],
      [{ role: 'owner', roomRole: 'member' }, 'owner'],
      [{ role: 'admin', roomRole: 'owner' }, 'admin'],
      [{ role: 'moderator', roomRole: 'owner' }, 'moderator'],
      [{ role: 'guest', roomRole: 'owner' }, 'room-owner'],
      [{ role: 'moderator' }, 'moderator'],
      [{ role: 'guest', roomRole: 'moderator' }, 'room-moderator'],
      [{ role: 'member', roomRole: 'member' }, undefined],
      [{}, undefined],
    ] as const;
    for (const [maker, rank] of rows) assert.equal(sanctionRankOf(maker), rank);
    for (const stored of [null, '', 'king']) assert.equal(toSanctionRank(stored), 'owner');
  });
});
