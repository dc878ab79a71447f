/** A message over a connection with flat frames: the next command does not wait for its answer. */
import type { Settle } from '../../domain/submit-command.ts';
import type { Message } from '../../ports/model.ts';
import type { FlatCaller, FlatFrame } from './flat-dialect.ts';
import { settleMessage } from './settled-message.ts';

export interface FlatMessage {
  /** Admits it. @throws {ChatError}; then `settle` is not called. */
  readonly send: (settle: Settle) => void | Promise<void>;
  /** What its sender hears in its place. */
  readonly toAnswer: (message: Message) => FlatFrame;
  /** What the sender of a duplicate hears: with the message as it is now, and who has read it since. */
  readonly toRepeated: (message: Message) => Promise<FlatFrame>;
}

/** @throws what `send` throws. */
export function sendFlatMessage(
  caller: FlatCaller,
  { send, toAnswer, toRepeated }: FlatMessage,
): void | Promise<void> {
  const debt = caller.owe();
  const fail = (error: unknown): never => {
    debt.settled();
    throw error;
  };
  const answer = (frame: FlatFrame): void => {
    debt.settled();
    caller.send(frame);
  };
  const refused = (error: unknown): void => {
    debt.settled();
    caller.refuse(error);
  };
  const settle = settleMessage(caller.chat, caller.connection, {
    stored: () => {},
    acknowledged: ({ message, duplicate }) => {
      if (duplicate) toRepeated(message).then(answer, refused);
      else answer(toAnswer(message));
    },
    refused,
  });
  try {
    return send(settle)?.catch(fail);
  } catch (error) {
    fail(error);
  }
}
