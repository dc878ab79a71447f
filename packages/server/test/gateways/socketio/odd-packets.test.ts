/** Packets that the protocol allows but no client sends are answered or rejected, and the process continues. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GatewayHarness, type RawClient } from '../../support/gateway-harness.ts';

const UNKNOWN = '42["error",{"code":"UNKNOWN_TYPE"';
const INVALID = '42["error",{"code":"VALIDATION_ERROR"';
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const ANSWERED: readonly [title: string, packets: readonly (string | Buffer)[], answer: string][] =
  [
    ['a number as the name', ['42[1]'], UNKNOWN],
    ['a number as the name, with a payload', ['42[1,{"a":1}]'], UNKNOWN],
    ['a number as the name, to be acknowledged', ['427[1]'], '437[{"ok":false'],
    ['a missing name', ['42'], UNKNOWN],
    ['a missing name, to be acknowledged', ['427'], '437[{"ok":false'],
    ['a huge number', ['42[1e999]'], UNKNOWN],
    ['a name that every object has', ['42["__proto__",{}]'], UNKNOWN],
    ['the name of an event of the package', ['42["error",{}]'], UNKNOWN],
    ['a huge id', [`42${'9'.repeat(400)}["dance"]`], '43'],
    ['a payload that is not an object', ['42["room:join",1]'], INVALID],
    [
      'bytes as the payload',
      ['451-["room:join",{"_placeholder":true,"num":0}]', Buffer.of(1)],
      INVALID,
    ],
    [
      'bytes as a field',
      ['451-["room:join",{"roomId":{"_placeholder":true,"num":0}}]', Buffer.of(1)],
      INVALID,
    ],
    ['keys that every object has', ['42["room:join",{"__proto__":{"roomId":"x"}}]'], INVALID],
    ['lists in lists', [`42["room:join",${nested(40_000)}]`], INVALID],
    ['lists in a field', [`42["room:join",{"roomId":${nested(40_000)}}]`], INVALID],
    ['objects in objects', [`42["room:join",${objects(15_000)}]`], INVALID],
  ];

const ENDED: readonly [title: string, packets: readonly (string | Buffer)[]][] = [
  ['an empty list', ['42[]']],
  ['an object in place of a list', ['42{}']],
  ['a name that is a list', ['42[[]]']],
  ['a reserved name', ['42["disconnect"]']],
  ['half a list', ['42["room:join"']],
  ['unannounced bytes', [Buffer.of(1, 2)]],
  ['text in place of bytes', ['451-["x",{"_placeholder":true,"num":0}]', '42["x"]']],
  ['bytes with a wrong index', ['451-["x",{"_placeholder":true,"num":9}]', Buffer.of(1)]],
  ['too many attachments', ['4599-["x"]']],
  ['a malformed number of attachments', ['451e9-["x"]']],
  ['a repeated connection', ['40{}']],
  ['an event of another namespace', ['42/x,["dance"]']],
  ['an unknown packet', ['49']],
  ['an unknown type', ['x']],
  ['a ping', ['2']],
];

describe('an odd packet over Socket.IO', () => {
  let harness: GatewayHarness;
  let watcher: RawClient;
  before(async () => {
    harness = await GatewayHarness.start();
    watcher = await harness.connect('/socket.io/', 'alice');
  });
  after(() => harness.close());

  const isServed = async () => {
    const from = watcher.texts.length;
    watcher.send('421["room:list"]');
    await watcher.next('431[{"ok":true', from);
    assert.deepEqual(harness.logged('command.failed'), []);
  };

  for (const [title, packets, answer] of ANSWERED) {
    test(`is answered, and its connection stays open: ${title}`, async () => {
      const client = await harness.connect('/socket.io/', 'bob');
      for (const packet of packets) client.send(packet);

      await client.next(answer);

      client.send('428["room:list"]');
      await client.next('438[{"ok":true');
      client.close();
      await isServed();
    });
  }

  for (const [title, packets] of ENDED) {
    test(`closes its connection, and no other: ${title}`, async () => {
      const client = await harness.connect('/socket.io/', 'bob');
      for (const packet of packets) client.send(packet);

      await client.end();

      await isServed();
    });
  }

  test('of an unsolicited acknowledgement is ignored', async () => {
    const client = await harness.connect('/socket.io/', 'bob');
    for (const packet of ['43[]', '4399["x"]', '43["x"]']) client.send(packet);

    client.send('428["room:list"]');
    await client.next('438[{"ok":true');
    client.close();
  });
});
