/** Sends a message over a connection with flat frames; the next command does not wait for its answer. */
import type { OnAcknowledged } from '../../domain/delivery/store-and-broadcast.ts';
import type { Message } from '../../model/message.ts';
import type { FlatCommandContext, FlatFrame } from './flat-dialect.ts';
import { acknowledgeMessage } from './message-ack.ts';

export interface FlatMessage {
  /** Admits the message. @throws {ChatError}; `onAcknowledged` is then not called. */
  readonly send: (onAcknowledged: OnAcknowledged) => void | Promise<void>;
  /** Encodes the answer to the sender. */
  readonly toAnswer: (message: Message) => FlatFrame;
}

/** @throws what `send` throws. */
export function sendFlatMessage(
  context: FlatCommandContext,
  { send, toAnswer }: FlatMessage,
): void | Promise<void> {
  const pending = context.trackPending();
  const fail = (error: unknown): never => {
    pending.done();
    throw error;
  };
  const onAcknowledged = acknowledgeMessage(context.chat, {
    stored: () => {},
    acknowledged: ({ message }) => {
      pending.done();
      context.send(toAnswer(message));
    },
    rejected: (error) => {
      pending.done();
      context.reject(error);
    },
    fail: context.fail,
  });
  try {
    return send(onAcknowledged)?.catch(fail);
  } catch (error) {
    fail(error);
  }
}
