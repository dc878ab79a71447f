import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PeopleSearch } from '../../../src/core/account/people-search.ts';
import { httpAnswering } from '../../fakes/http-answering.ts';

const USER = { id: 'u-bob', username: 'bob' };

describe('PeopleSearch', () => {
  test('finds users by the text without the spaces around it', async () => {
    const { http, requests } = httpAnswering({ users: [USER] });

    assert.deepEqual(await new PeopleSearch(http).find(' b&o '), [USER]);
    assert.deepEqual(requests, ['GET http://server/api/people?q=b%26o']);
  });

  test('does not ask the server for nothing', async () => {
    const { http, requests } = httpAnswering({ users: [USER] });

    assert.deepEqual(await new PeopleSearch(http).find('  '), []);
    assert.deepEqual(requests, []);
  });
});
