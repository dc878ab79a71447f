import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ActivityEntry } from '@parley/client';
import {
  hasNext,
  type NextPage,
  type Pages,
  withPage,
} from '../../src/activity/activity-entries.ts';

function mention(second: number, unread = false): ActivityEntry {
  const timestamp = new Date(second * 1_000).toISOString();
  // The merge uses only these fields.
  const entry = { kind: 'mention', messageId: `m${second}`, actor: { id: 'u' }, timestamp, unread };
  return entry as unknown as ActivityEntry;
}

const invitation = {
  kind: 'invitation',
  targetId: 'w',
  timestamp: new Date(2_000).toISOString(),
} as unknown as ActivityEntry;

function next(activity?: string, invitations?: string): NextPage {
  return { activity, invitations };
}

const shown = ({ entries }: Pages): string[] =>
  entries.map(({ kind, timestamp, unread }) => {
    return `${kind} ${timestamp.slice(17, 19)}${unread ? ' unread' : ''}`;
  });

describe('pages of the activity', () => {
  const first: Pages = { entries: [mention(9), mention(3, true)], next: next('1'), isDeep: false };

  test('are merged by time, with each entry once', () => {
    const pages = withPage(
      first,
      { entries: [mention(5), mention(3), mention(1)], next: next() },
      true,
    );
    assert.deepEqual(shown(pages), ['mention 09', 'mention 05', 'mention 03', 'mention 01']);
    assert.equal(hasNext(pages.next), false);
  });

  test('keep the order of messages of one millisecond', () => {
    const at = (sequence: number) =>
      ({ ...mention(3), messageId: `m${sequence}`, sequence }) as unknown as ActivityEntry;
    const older = withPage(
      { ...first, entries: [at(9), at(8)] },
      { entries: [at(7), at(6)], next: next() },
      true,
    );
    const latest = withPage(older, { entries: [at(10), at(9)], next: next() }, false);

    const sequences = ({ entries }: Pages) =>
      entries.map((entry) => 'sequence' in entry && entry.sequence);
    assert.deepEqual(sequences(older), [9, 8, 7, 6]);
    assert.deepEqual(sequences(latest), [10, 9, 8, 7, 6]);
  });

  test('stay when the latest page is loaded again, without answered invitations', () => {
    const entries = [invitation, mention(1)];
    const deep = withPage(first, { entries, next: next('2') }, true);
    const pages = withPage(
      deep,
      { entries: [mention(10, true), mention(9)], next: next('1') },
      false,
    );
    assert.deepEqual(shown(pages), [
      'mention 10 unread',
      'mention 09',
      'mention 03 unread',
      'mention 01',
    ]);
    assert.deepEqual(pages.next, next('2'));
    assert.deepEqual(shown(withPage(first, { entries: [mention(4)], next: next() }, false)), [
      'mention 04',
    ]);
  });

  test('go on with the invitations that the latest page left out', () => {
    const latest = { entries: [invitation], next: next(undefined, '') };
    const pages = withPage(first, latest, false);
    assert.equal(hasNext(pages.next), true);

    const older = { ...invitation, targetId: 'x', timestamp: mention(1).timestamp };
    const deep = withPage(pages, { entries: [older], next: next(undefined, 'x') }, true);
    assert.deepEqual(shown(deep), ['invitation 02', 'invitation 01']);
    assert.deepEqual(deep.next, next(undefined, 'x'));

    // One was answered: the list of invitations begins again.
    const again = withPage(deep, { ...latest, entries: [older as ActivityEntry] }, false);
    assert.deepEqual(shown(again), ['invitation 01']);
    assert.deepEqual(again.next, next(undefined, ''));
  });
});
