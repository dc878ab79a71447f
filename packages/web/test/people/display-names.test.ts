import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import type { UserId } from '@parley/client';
import { DisplayNames, keyOfUsername } from '../../src/people/display-names.ts';

const [ALICE, BOB, NOBODY] = ['a', 'b', 'n'] as UserId[] as [UserId, UserId, UserId];

describe('display names', () => {
  test('are asked for together, and once', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const asked: (readonly UserId[])[] = [];
    const names = new DisplayNames(async (ids) => {
      asked.push(ids);
      return [
        { id: ALICE, username: 'alice', displayName: 'Alice L.' },
        { id: BOB, username: 'bob' },
      ];
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    names.subscribe(resolve);

    for (const id of [ALICE, BOB, ALICE, NOBODY]) names.want(id);
    mock.timers.runAll();
    await promise;
    names.want(ALICE);
    mock.timers.runAll();

    assert.deepEqual(asked, [[ALICE, BOB, NOBODY]]);
    assert.deepEqual(
      [ALICE, BOB, NOBODY].map((id) => names.get(id)),
      ['Alice L.', 'bob', undefined],
    );
    names.close();
    mock.timers.reset();
  });

  test('are asked for by username, also of users that do not exist, once', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const asked: unknown[] = [];
    const names = new DisplayNames(async (ids, usernames) => {
      asked.push([ids, usernames]);
      return [{ id: ALICE, username: 'Alice', displayName: 'Alice L.' }];
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    names.subscribe(resolve);

    for (const username of ['alice', 'Nobody']) names.want(keyOfUsername(username));
    mock.timers.runAll();
    await promise;
    for (const username of ['ALICE', 'nobody']) names.want(keyOfUsername(username));
    names.want(ALICE);
    mock.timers.runAll();

    assert.deepEqual(asked, [[[], ['alice', 'nobody']]]);
    assert.deepEqual([names.idOf('aLice'), names.idOf('nobody')], [ALICE, undefined]);
    assert.equal(names.get(ALICE), 'Alice L.');
    names.close();
    mock.timers.reset();
  });
});
