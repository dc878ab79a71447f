/** Fields of commands with values nested as deeply as a frame allows. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GatewayHarness } from '../support/gateway-harness.ts';

const DEPTH = 15_000;
const NESTED = [
  '['.repeat(DEPTH) + ']'.repeat(DEPTH),
  `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
];

type Fields = Readonly<Record<string, readonly string[]>>;

const DIALECTS: Readonly<
  Record<string, [Fields, toFrame: (type: string, fields: string) => string]>
> = {
  '/ws': [
    {
      join_room: ['roomName', 'roomId', 'lastSequence'],
      chat_message: ['roomId', 'content', 'attachments'],
      resume: ['rooms'],
      create_group: ['userIds', 'name'],
    },
    (type, fields) => `{"type":"${type}","payload":{${fields}}}`,
  ],
  '/ws/chat': [
    { join_channel: ['channelId'], send_message: ['channelId', 'content', 'attachments'] },
    (type, fields) => `{"type":"${type}",${fields}}`,
  ],
  '/messagepal': [
    { send_message: ['recipientId', 'content'], fetch_history: ['conversationId', 'before'] },
    (type, fields) => `{"type":"${type}",${fields}}`,
  ],
  '/socket.io/': [
    { 'room:join': ['roomId', 'epoch'], 'message:send': ['roomId', 'content'] },
    (type, fields) => `42["${type}",{${fields}}]`,
  ],
};

describe('deeply nested values', () => {
  let harness: GatewayHarness;
  before(async () => {
    harness = await GatewayHarness.start();
  });
  after(() => harness.close());

  for (const [path, [types, toFrame]] of Object.entries(DIALECTS)) {
    test(`are rejected at ${path}, and the connection stays open`, async () => {
      const client = await harness.connect(path, 'bob');
      for (const [type, fields] of Object.entries(types)) {
        for (const field of [...fields, 'unknown']) {
          for (const value of NESTED) client.send(toFrame(type, `"${field}":${value}`));
        }
      }
      client.send(toFrame('dance', '"x":1'));

      await client.next('UNKNOWN_TYPE');

      client.close();
      assert.deepEqual(harness.logged('command.failed'), []);
    });
  }
});
