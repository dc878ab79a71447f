/** Every command of the table with a `clientMessageId` is stored once, however often it is sent. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMANDS, type CommandEntry } from '@parley/protocol/commands';
import { CLIENT_FRAMES } from '@parley/protocol/validators';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';
import type { TestSocket } from '../../support/test-socket.ts';

const repeatable = Object.entries<CommandEntry>(COMMANDS).filter(([type]) => {
  // The table and the schemas have the same names.
  const schema = CLIENT_FRAMES[type as keyof typeof CLIENT_FRAMES];
  return 'properties' in schema && Object.hasOwn(schema.properties, 'clientMessageId');
});

describe('a command that is sent again', () => {
  let server: TestServer;
  let alice: Account;
  let bobId: string;
  let sockets: readonly TestSocket[];
  let roomId: string;

  before(async () => {
    server = await TestServer.start();
    alice = await server.signUp('alice');
    bobId = (await server.signUp('bob')).userId;
    // The second one stands for the connection after a loss.
    sockets = [await alice.connect(), await alice.connect()];
    for (const socket of sockets) roomId = (await socket.joinRoom({ roomName: 'retries' })).roomId;
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    await server.close();
  });

  async function inputOf(type: string, { example }: CommandEntry) {
    const said = { roomId, content: 'a message' };
    const { message } = await alice.must<{ message: { id: string } }>(
      'POST',
      '/api/messages',
      said,
    );
    const known: Readonly<Record<string, unknown>> = {
      ...{ roomId, messageId: message.id, recipientId: bobId },
    };
    const fields = Object.entries(example as object).map(([name, value]) => [
      name,
      known[name] ?? value,
    ]);
    return { ...Object.fromEntries(fields), clientMessageId: `again-${type}` };
  }

  for (const [type, entry] of repeatable) {
    test(`${type} has one result`, async () => {
      const input = await inputOf(type, entry);
      const answers = [];
      for (const socket of [...sockets, ...sockets]) {
        answers.push(await socket.ask(type, input, 'message_ack'));
      }

      const places = answers.map(({ id, sequence }) => `${id} ${sequence}`);
      assert.equal(new Set(places).size, 1);
    });

    test(`${type} with the key of another command is a conflict`, async () => {
      const input = await inputOf(type, entry);
      const different = { ...input, ...('content' in input ? { content: 'something else' } : {}) };

      const error = await sockets[0]?.ask(type, different, 'error');

      assert.deepEqual([error?.code, error?.field], ['CONFLICT', 'clientMessageId']);
    });
  }
});
