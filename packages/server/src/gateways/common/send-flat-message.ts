/** A message over a connection with flat frames: the next command does not wait for its answer. */
import type { OnAcknowledged } from '../../domain/delivery/store-and-broadcast.ts';
import type { Message } from '../../model/message.ts';
import type { FlatCommandContext, FlatFrame } from './flat-dialect.ts';
import { acknowledgeMessage } from './message-ack.ts';

export interface FlatMessage {
  /** Admits it. @throws {ChatError}; then `settle` is not called. */
  readonly send: (settle: OnAcknowledged) => void | Promise<void>;
  /** What its sender hears in its place. */
  readonly toAnswer: (message: Message) => FlatFrame;
}

/** @throws what `send` throws. */
export function sendFlatMessage(
  caller: FlatCommandContext,
  { send, toAnswer }: FlatMessage,
): void | Promise<void> {
  const debt = caller.trackPending();
  const fail = (error: unknown): never => {
    debt.settled();
    throw error;
  };
  const settle = acknowledgeMessage(caller.chat, {
    stored: () => {},
    acknowledged: ({ message }) => {
      debt.settled();
      caller.send(toAnswer(message));
    },
    rejected: (error) => {
      debt.settled();
      caller.reject(error);
    },
    fail: caller.fail,
  });
  try {
    return send(settle)?.catch(fail);
  } catch (error) {
    fail(error);
  }
}
