/** Every command of the table with a `clientMessageId` is stored once, however often it is sent. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMANDS, type CommandName } from '@parley/protocol/commands';
import { CLIENT_FRAMES } from '@parley/protocol/validators';
import type { Account } from '../../support/account.ts';
import { exampleOf, withIds } from '../../support/route-calls.ts';
import { TestServer } from '../../support/running-server.ts';
import type { TestSocket } from '../../support/test-socket.ts';

const repeatable = (Object.keys(COMMANDS) as CommandName[]).filter((type) => {
  const schema = CLIENT_FRAMES[type];
  return 'properties' in schema && Object.hasOwn(schema.properties, 'clientMessageId');
});

interface Answer {
  readonly id?: string;
  readonly sequence?: number;
  readonly scheduledId?: string;
}

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

  async function inputOf(type: CommandName): Promise<Readonly<Record<string, unknown>>> {
    const said = { roomId, content: 'a message' };
    const { message } = await alice.must<{ message: { id: string } }>(
      'POST',
      '/api/messages',
      said,
    );
    const ids = { room: roomId, message: message.id, user: bobId };
    return { ...withIds(exampleOf(type), ids), clientMessageId: `again-${type}` };
  }

  for (const type of repeatable) {
    test(`${type} has one result`, async () => {
      const input = await inputOf(type);
      const { answer } = COMMANDS[type];
      const answers = [];
      for (const socket of [...sockets, ...sockets]) {
        // That of a command is of its type.
        answers.push((await socket.ask(type, input, answer as 'message_ack')) as Answer);
      }

      const places = answers.map(({ id, sequence, scheduledId }) => [id, sequence, scheduledId]);
      assert.equal(new Set(places.map(String)).size, 1);
    });

    test(`${type} with the key of another command is a conflict`, async () => {
      const input = await inputOf(type);
      const different = { ...input, ...('content' in input ? { content: 'something else' } : {}) };

      const error = await sockets[0]?.ask(type, different, 'error');

      assert.deepEqual([error?.code, error?.field], ['CONFLICT', 'clientMessageId']);
    });
  }
});
