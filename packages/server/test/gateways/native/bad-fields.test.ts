/** Every command of the table rejects a field of another type, over the socket and over its route. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMANDS, type CommandEntry } from '@parley/protocol/commands';
import { CLIENT_FRAMES } from '@parley/protocol/validators';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';
import type { TestSocket } from '../../support/test-socket.ts';

interface FieldSchema {
  readonly type?: string;
  readonly anyOf?: readonly FieldSchema[];
}

interface InputSchema {
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

/** Undefined if the field may be anything. */
function wrongFor({ type, anyOf = [] }: FieldSchema): unknown {
  const types = [type, ...anyOf.map((each) => each.type)].filter((each) => each !== undefined);
  if (types.length === 0) return undefined;
  return types.includes('object') ? 7 : { nested: true };
}

interface BadInput {
  readonly title: string;
  readonly field: string;
  readonly input: Readonly<Record<string, unknown>>;
}

function badInputsOf(type: string, { example }: CommandEntry): BadInput[] {
  // The table and the schemas have the same names.
  const { properties = {}, required = [] } = CLIENT_FRAMES[
    type as keyof typeof CLIENT_FRAMES
  ] as InputSchema;
  const good = example as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(properties).flatMap(([field, schema]) => {
    const value = wrongFor(schema);
    if (value === undefined) return [];
    return [{ title: `another type of ${field}`, field, input: { ...good, [field]: value } }];
  });
  const missing = required.map((field) => {
    const { [field]: _, ...input } = good;
    return { title: `no ${field}`, field, input };
  });
  return [...wrong, ...missing];
}

describe('a field of another type', () => {
  let server: TestServer;
  let account: Account;
  let socket: TestSocket;

  before(async () => {
    server = await TestServer.start();
    account = await server.signUp('mallory');
    socket = await account.connect();
  });
  after(async () => {
    socket.close();
    await server.close();
  });

  const entries = Object.entries<CommandEntry>(COMMANDS);
  for (const [type, entry] of entries) {
    for (const { title, field, input } of badInputsOf(type, entry)) {
      test(`${type} rejects ${title}`, async () => {
        const error = await socket.ask(type, input, 'error');

        assert.equal(error.code, 'VALIDATION_ERROR');
        assert.equal(error.field, field);
      });
    }

    test(`${type} rejects what is not an object`, async () => {
      // A ping may contain anything.
      if (type === 'ping') return;
      for (const payload of ['text', 7, [], null]) {
        const error = await socket.ask(type, payload, 'error');
        assert.equal(error.code, 'VALIDATION_ERROR');
      }
    });

    const { http } = entry;
    if (http.kind !== 'derived' || http.route.startsWith('GET ')) continue;
    const [method = '', path = ''] = http.route.split(' ');
    for (const { title, field, input } of badInputsOf(type, entry)) {
      if (path.split('/').includes(`:${field}`)) continue;
      test(`${http.route} rejects ${title}`, async () => {
        const good = entry.example as Readonly<Record<string, unknown>>;
        const place = path.replaceAll(/:(\w+)/g, (_, name: string) =>
          encodeURIComponent(String(good[name])),
        );

        const answer = await account.call(method, place, input);

        assert.equal(answer.status, 400);
        const { error } = (await answer.json()) as { error: { code: string; field?: string } };
        assert.deepEqual([error.code, error.field], ['VALIDATION_ERROR', field]);
      });
    }
  }

  test('costs no connection, and stores nothing', async () => {
    assert.equal((await socket.settled()).filter(({ type }) => type !== 'error').length, 1);
    const { rooms } = await account.must<{ rooms: readonly unknown[] }>('GET', '/api/rooms');
    assert.deepEqual(rooms, []);
  });
});
