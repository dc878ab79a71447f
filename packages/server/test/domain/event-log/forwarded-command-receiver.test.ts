import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { ClientMessageId, Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import { ForwardedCommandReceiver } from '../../../src/domain/event-log/forwarded-command-receiver.ts';
import type { NodeMessage } from '../../../src/model/bus-message.ts';
import type { CommitResult } from '../../../src/model/commit-outcome.ts';
import {
  type ForwardedCommand,
  fromForwardedResult,
  toForwardedResult,
} from '../../../src/model/forwarded-command.ts';
import { storedMessage } from '../../../src/model/new-message.ts';

const ROOM = 'room' as RoomId;

function command(number: number, over: Partial<ForwardedCommand> = {}): ForwardedCommand {
  return {
    kind: 'message',
    roomId: ROOM,
    userId: 'user' as UserId,
    clientMessageId: `key ${number}` as ClientMessageId,
    fingerprint: '',
    admittedAtMs: 1,
    messageId: `message ${number}` as MessageId,
    content: `text ${number}`,
    mentions: { everyone: false, names: [] },
    attachments: [],
    parentId: undefined,
    ...over,
  };
}

const commands = (first: number, count: number, link = 1) => ({
  kind: 'commands' as const,
  ...{ link, first },
  commands: Array.from({ length: count }, (_, index) => command(first + index)),
});

describe('the receiver of commands of other nodes', () => {
  let committed: string[];
  let pending: ((result: CommitResult) => void)[];
  let published: { readonly to: string; readonly message: NodeMessage }[];
  let isDown: boolean;
  let isExhausted: boolean;
  /** As counted in the budget. */
  let heldBytes: number;
  let receiver: ForwardedCommandReceiver;
  beforeEach(() => {
    [committed, pending, published, isDown] = [[], [], [], false];
    [isExhausted, heldBytes] = [false, 0];
    receiver = new ForwardedCommandReceiver({
      bus: {
        publish: (_topic, to, message) =>
          void published.push({ to, message: message as NodeMessage }),
      },
      commit: ({ clientMessageId }, onResult) => {
        if (isDown) throw new Error('The store is down');
        committed.push(clientMessageId);
        pending.push(onResult);
      },
      budget: {
        isExhausted: () => isExhausted,
        setForwardedBytes: (bytes) => {
          heldBytes = bytes;
        },
      },
    });
  });
  const rejections = () =>
    published.flatMap(({ message }) =>
      message.kind === 'rejected' ? [[message.link, message.first, message.reason]] : [],
    );

  test('commits the commands of a link in order, each once', () => {
    receiver.receive(commands(0, 2), 'a');
    receiver.receive(commands(0, 2), 'a');
    receiver.receive(commands(2, 1), 'a');
    assert.deepEqual(committed, ['key 0', 'key 1', 'key 2']);
    assert.deepEqual(rejections(), []);
  });

  test('commits the commands of several nodes, each with a link of its own', () => {
    receiver.receive(commands(0, 1), 'a');
    receiver.receive(commands(0, 1), 'b');
    assert.equal(committed.length, 2);
  });

  test('sends the results of one turn in one message', async () => {
    receiver.receive(commands(0, 2), 'a');
    for (const report of pending) report({ kind: 'unlogged' });
    await Promise.resolve();
    const results = [0, 1].map((number) => [number, { kind: 'unlogged' }]);
    assert.deepEqual(published, [{ to: 'a', message: { kind: 'results', link: 1, results } }]);
  });

  test('rejects everything behind a gap, until the other node begins another link', () => {
    receiver.receive(commands(0, 1), 'a');
    receiver.receive(commands(2, 1), 'a');
    receiver.receive(commands(1, 1), 'a');
    assert.deepEqual(rejections(), [
      [1, 2, 'gap'],
      [1, 1, 'gap'],
    ]);
    receiver.receive(commands(0, 1, 2), 'a');
    receiver.receive(commands(1, 1, 1), 'a');
    assert.deepEqual(committed, ['key 0', 'key 0']);
    assert.equal(rejections().length, 2);
  });

  test('rejects the first command that its own queue rejects, and all after it', () => {
    receiver.receive(commands(0, 1), 'a');
    isDown = true;
    receiver.receive(commands(1, 2), 'a');
    isDown = false;
    receiver.receive(commands(3, 1), 'a');
    assert.deepEqual(committed, ['key 0']);
    assert.deepEqual(rejections(), [
      [1, 1, 'busy'],
      [1, 3, 'gap'],
    ]);
  });

  test('bounds the number of commands without a result', () => {
    receiver.receive(commands(0, 5001), 'a');
    assert.equal(committed.length, 5000);
    assert.deepEqual(rejections(), [[1, 5000, 'busy']]);
    for (const report of pending) report({ kind: 'unlogged' });
    receiver.receive(commands(0, 1, 2), 'a');
    assert.equal(committed.length, 5001);
  });

  test('bounds their bytes', () => {
    const large = command(0, { content: 'x'.repeat(1024 * 1024) });
    receiver.receive({ ...commands(0, 0), commands: Array.from({ length: 20 }, () => large) }, 'a');
    assert.equal(committed.length, 15);
    assert.deepEqual(rejections(), [[1, 15, 'busy']]);
  });

  test('counts their bytes in the budget of all clients until they have a result', () => {
    receiver.receive(
      { ...commands(0, 0), commands: [command(0, { content: 'x'.repeat(1000) })] },
      'a',
    );
    assert(heldBytes > 1000 && heldBytes < 2000, `${heldBytes} bytes`);

    for (const report of pending) report({ kind: 'unlogged' });
    assert.equal(heldBytes, 0);
  });

  test('rejects commands while the budget is exhausted', () => {
    isExhausted = true;
    receiver.receive(commands(0, 1), 'a');
    assert.deepEqual([committed, rejections()], [[], [[1, 0, 'busy']]]);
  });

  test('rejects a command that it does not know, or that has no key', () => {
    const later = { ...command(0), kind: 'poll' } as unknown as ForwardedCommand;
    receiver.receive({ ...commands(0, 0), commands: [later] }, 'a');
    const { clientMessageId: _, ...keyless } = command(0);
    receiver.receive({ ...commands(0, 0), commands: [keyless as ForwardedCommand] }, 'b');
    assert.deepEqual(committed, []);
    assert.equal(rejections().length, 2);
  });

  test('returns a stored event without what the command contains', () => {
    const sent = command(1, { parentId: 'message 0' as MessageId, attachments: ['a file'] });
    const position = { epoch: 'epoch' as Epoch, sequence: 7, ordinal: 6, createdAtMs: 5 };
    const reply = { parentId: 'message 0' as MessageId, number: 2 };
    const stored = storedMessage(sent, position, { sender: 'alice', reply });

    const travelled = JSON.parse(JSON.stringify(toForwardedResult(stored)));

    assert(!JSON.stringify(travelled).includes(sent.content));
    assert.deepEqual(fromForwardedResult(sent, travelled), stored);
  });
});
