import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { BlockApi } from '../../../src/core/account/block-api.ts';
import { httpAnswering } from '../../fakes/http-answering.ts';

const USER = { id: 'u-bob', username: 'bob' };

describe('BlockApi', () => {
  test('lists, blocks and unblocks, with the id as one part of the path', async () => {
    const { http, requests } = httpAnswering({ users: [USER] });
    const blocks = new BlockApi({ http });

    assert.deepEqual(await blocks.list(), [USER]);
    await blocks.block('a/b' as UserId);
    await blocks.unblock('a/b' as UserId);

    assert.deepEqual(requests, [
      'GET http://server/api/blocks',
      'PUT http://server/api/blocks/a%2Fb',
      'DELETE http://server/api/blocks/a%2Fb',
    ]);
  });
});
