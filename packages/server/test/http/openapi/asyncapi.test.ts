/** `/api/asyncapi.json` describes the frames of the native dialect as they are. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ServerFrame } from '@parley/protocol';
import { COMMANDS, type CommandName } from '@parley/protocol/commands';
import type { TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { closed } from '../../support/described-answers.ts';
import { exampleOf, withIds } from '../../support/route-calls.ts';
import { TestServer } from '../../support/running-server.ts';

interface Message {
  readonly name: string;
  readonly payload: TSchema;
  readonly examples?: readonly { readonly payload: unknown }[];
}
interface Operation {
  readonly action: string;
  readonly messages: readonly { readonly $ref: string }[];
}
interface Document {
  readonly asyncapi: string;
  readonly info: { readonly version: string };
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

describe('the description of frames', () => {
  let server: TestServer;
  let document: Document;
  before(async () => {
    server = await TestServer.start();
    const answer = await fetch(`${server.url}/api/asyncapi.json`);
    document = (await answer.json()) as Document;
  });
  after(() => server.close());

  const schemaOf = ({ payload }: Message): TSchema =>
    closed(payload, document.components.schemas) as TSchema;

  test('is an AsyncAPI 3.0 document whose references exist', () => {
    assert.equal(document.asyncapi, '3.0.0');
    assert.equal(document.info.version, '1');
    const missing = referencesOf(document).filter((path) => valueAt(document, path) === undefined);
    assert.deepEqual(missing, []);
    for (const name of Object.keys(document.components.messages)) assert.match(name, /^[\w.-]+$/);
  });

  test('has an operation for each command, with an example that is valid', () => {
    const { operations, components } = document;
    const received = Object.keys(operations).filter((id) => operations[id]?.action === 'receive');
    assert.deepEqual(received.sort(), Object.keys(COMMANDS).sort());
    for (const type of received) {
      const message = components.messages[`client_${type}`];
      assert(message !== undefined, type);
      for (const { payload } of message.examples ?? []) {
        assert(Check(schemaOf(message), payload), `${type}: ${JSON.stringify(payload)}`);
      }
      assert.equal(message.examples?.length, 1);
    }
  });

  test('describes the frames of a conversation with each of their fields', async () => {
    const [alice, bob] = [await server.connect('alice'), await server.connect('bob')];
    const { roomId } = await alice.joinRoom({ roomName: 'described' });
    await bob.joinRoom({ roomId });
    const { id: messageId } = await alice.sendMessage({ roomId, content: 'hello @bob' });
    const target = { roomId, messageId };
    await bob.sendMessage({ roomId, content: 'hi', parentMessageId: messageId });
    await bob.ask('add_reaction', { ...target, emoji: '👍' });
    await bob.ask('pin_message', target);
    await alice.ask('edit_message', { ...target, content: 'hello' });
    await bob.ask('mark_read', { roomId, sequence: 1 });
    await alice.ask('set_topic', { roomId, topic: 'Lunch' });
    await alice.ask('set_presence', { status: 'busy', statusText: 'eating' });
    bob.send('user_typing', { roomId, isTyping: true });
    for (const type of Object.keys(COMMANDS) as CommandName[]) {
      if (!/^(?:get|list|search)_/.test(type)) continue;
      await bob.ask(type, withIds(exampleOf(type), { room: roomId, message: messageId }));
    }
    await bob.ask('get_rooms', { own: true });
    await bob.ask('resume', { rooms: [{ roomId, lastSequence: 1 }, { roomId: 'nowhere' }] });
    await bob.ask('set_topic', { roomId, topic: 'mine' });
    const { userId } = await server.login('bob');
    await alice.ask('create_group', { userIds: [userId], name: 'Lunch' });
    await alice.ask('delete_message', target);
    await bob.ask('leave_room', { roomId, membership: true });
    await bob.ask('ping', {});
    await alice.ask('ping', {});

    const seen = new Set<string>();
    for (const frame of [...alice.frames, ...bob.frames] as ServerFrame[]) {
      seen.add(frame.type);
      const message = document.components.messages[`server_${frame.type}`];
      assert(message !== undefined, frame.type);
      assert(Check(schemaOf(message), frame), `not as described: ${JSON.stringify(frame)}`);
    }
    assert(seen.size >= 24, [...seen].join());
    for (const socket of [alice, bob]) socket.close();
  });
});

function referencesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { $ref, ...rest } = value as { readonly $ref?: unknown };
  return [
    ...(typeof $ref === 'string' ? [$ref] : []),
    ...Object.values(rest).flatMap(referencesOf),
  ];
}

function valueAt(document: object, path: string): unknown {
  return path
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      document,
    );
}
