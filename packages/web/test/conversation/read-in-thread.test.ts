import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message, MessageId, OpenRoom, UserId } from '@parley/client';
import { readInThread } from '../../src/conversation/read-in-thread.ts';

const threadId = 'm-1' as MessageId;
const selfId = 'u-alice' as UserId;

/** A message per sequence from `first` on. */
function room(
  messages: readonly ('reply' | 'other thread' | 'own' | 'message')[],
  { readSequence = 1, first = 1, hasOlder = false } = {},
): Pick<OpenRoom, 'log' | 'readSequence'> {
  const log = {
    hasOlder,
    messages: messages.map((kind, index): Partial<Message> => {
      const parentId = kind === 'reply' ? threadId : ('m-9' as MessageId);
      return {
        sequence: first + index,
        userId: kind === 'own' ? selfId : ('u-bob' as UserId),
        ...(kind === 'reply' || kind === 'other thread' ? { parentId } : {}),
      };
    }),
  };
  return { readSequence, log: log as unknown as OpenRoom['log'] };
}

describe('readInThread', () => {
  const read = (of: Pick<OpenRoom, 'log' | 'readSequence'>) =>
    readInThread(of, { threadId, selfId });

  test('reads the room up to the last reply of the thread', () => {
    assert.equal(read(room(['message', 'reply', 'own', 'reply', 'own'])), 4);
  });

  test('stops before a message of the room, and before a reply in another thread', () => {
    assert.equal(read(room(['message', 'reply', 'message', 'reply'])), 2);
    assert.equal(read(room(['message', 'reply', 'other thread', 'reply'])), 2);
    assert.equal(read(room(['message', 'message', 'reply'])), undefined);
  });

  test('changes nothing if all replies are read, or messages before them are not known', () => {
    assert.equal(read(room(['message', 'reply'], { readSequence: 2 })), undefined);
    assert.equal(read(room(['reply'], { first: 50, hasOlder: true })), undefined);
  });
});
