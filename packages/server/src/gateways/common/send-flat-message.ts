/** A message over a connection with flat frames: the next command does not wait for its answer. */
import type { Settle } from '../../domain/delivery/store-and-broadcast.ts';
import type { Message } from '../../model/entities.ts';
import type { FlatCaller, FlatFrame } from './flat-dialect.ts';
import { settleMessage } from './message-ack.ts';

export interface FlatMessage {
  /** Admits it. @throws {ChatError}; then `settle` is not called. */
  readonly send: (settle: Settle) => void | Promise<void>;
  /** What its sender hears in its place. */
  readonly toAnswer: (message: Message) => FlatFrame;
}

/** @throws what `send` throws. */
export function sendFlatMessage(
  caller: FlatCaller,
  { send, toAnswer }: FlatMessage,
): void | Promise<void> {
  const debt = caller.owe();
  const fail = (error: unknown): never => {
    debt.settled();
    throw error;
  };
  const settle = settleMessage(caller.chat, {
    stored: () => {},
    acknowledged: ({ message }) => {
      debt.settled();
      caller.send(toAnswer(message));
    },
    refused: (error) => {
      debt.settled();
      caller.refuse(error);
    },
    fail: caller.fail,
  });
  try {
    return send(settle)?.catch(fail);
  } catch (error) {
    fail(error);
  }
}
