/** JSON bodies with more values than any request has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';

test('rejects a body with 50,000 attachments before it is parsed', async () => {
  const server = await TestServer.start();
  const { cookie } = await server.signUp('alice');
  const body = { roomId: 'lobby', content: 'x', attachments: Array(50_000).fill({}) };

  const answer = await server.post('/api/messages', body, { cookie });

  assert.equal(answer.status, 400);
  const { error } = (await answer.json()) as { error: object };
  const message = 'The JSON text has more than 2000 values';
  assert.deepEqual(error, { code: 'VALIDATION_ERROR', message });
  await server.close();
});
