import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import type { UserId } from '@parley/client';
import { DisplayNames, keyOfUsername } from '../../src/people/display-names.ts';

const [ALICE, BOB, NOBODY] = ['a', 'b', 'n'] as UserId[] as [UserId, UserId, UserId];

describe('display names', () => {
  test('of an earlier visit are shown until the server is asked, which is tried again', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let isReachable = false;
    const names = new DisplayNames(async () => {
      if (!isReachable) throw new Error('no server');
      return [{ id: ALICE, username: 'alice', displayName: 'Alice M.' }];
    }, [[ALICE, 'alice', 'Alice L.']]);
    const answered = (): Promise<void> =>
      new Promise((resolve) => {
        const end = names.subscribe(() => {
          end();
          resolve();
        });
        mock.timers.runAll();
      });

    names.want(ALICE);
    await answered();
    assert.deepEqual([names.get(ALICE), names.idOf('Alice')], ['Alice L.', ALICE]);

    isReachable = true;
    names.retry();
    await answered();
    assert.equal(names.get(ALICE), 'Alice M.');
    names.close();
    mock.timers.reset();
  });

  test('are asked for together, and once', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const asked: (readonly UserId[])[] = [];
    const names = new DisplayNames(async (ids) => {
      asked.push(ids);
      return [
        { id: ALICE, username: 'alice', displayName: 'Alice L.' },
        { id: BOB, username: 'bob', displayName: 'Bob', nameShared: true },
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
      ['Alice L.', 'Bob (@bob)', undefined],
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

  test('are asked for in requests of fifty, and again after a failure', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const asked: number[] = [];
    let failures = 1;
    const names = new DisplayNames(async (ids) => {
      asked.push(ids.length);
      failures -= 1;
      if (failures >= 0) throw new Error('no connection');
      return [];
    });
    const want = (): void => {
      for (let each = 0; each < 60; each += 1) names.want(`user ${each}` as UserId);
    };
    const answered = async (): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const unsubscribe = names.subscribe(resolve);
      mock.timers.runAll();
      await promise;
      unsubscribe();
    };

    want();
    await answered();
    want();
    await answered();
    await answered();

    assert.deepEqual(asked, [50, 50, 10]);
    names.close();
    mock.timers.reset();
  });
});
