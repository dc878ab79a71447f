/** Answers commands that append to the log, when their event has its position in the sender's stream. */
import { ChatError } from '@parley/protocol';
import type { Chat } from '../../domain/chat.ts';
import type { Acknowledgement, OnAcknowledged } from '../../domain/delivery/log-writer.ts';
import type { Message } from '../../model/message.ts';
import { contained } from './error-containment.ts';

interface DeferringContext {
  reject(error: unknown): void;
  fail(error: unknown): void;
  trackPending(): { readonly done: () => void };
}

/**
 * Begins a command and answers it exactly once. The next command does not wait for the answer,
 * because the order is fixed at admission.
 *
 * @param begin Admits the command. If it throws, `onAcknowledged` is not called.
 * @param answer Sends the answer to an acknowledged command. @throws {ChatError}
 * @throws what `begin` throws.
 */
export function deferAnswer(
  context: DeferringContext,
  begin: (onAcknowledged: OnAcknowledged) => void | Promise<void>,
  answer: (acknowledgement: Acknowledgement) => void | Promise<void>,
): void | Promise<void> {
  const pending = context.trackPending();
  const fail = (error: unknown): never => {
    pending.done();
    throw error;
  };
  // Called while a commit is broadcast, where an error would affect messages of other users.
  const onAcknowledged: OnAcknowledged = contained(context.fail, (result) => {
    if (result instanceof ChatError) {
      pending.done();
      context.reject(result);
      return;
    }
    const answering = answer(result);
    if (answering === undefined) pending.done();
    else void answering.catch((error: unknown) => context.reject(error)).then(pending.done);
  });
  try {
    return begin(onAcknowledged)?.catch(fail);
  } catch (error) {
    return fail(error);
  }
}

/**
 * Passes the message of an acknowledgement to `use`: at once if this attempt stored it, otherwise
 * as it was sent, which may need the store.
 *
 * @throws {ChatError} UNAVAILABLE.
 */
export function withSentMessage(
  chat: Pick<Chat, 'history'>,
  acknowledgement: Acknowledgement,
  use: (message: Message) => void,
): void | Promise<void> {
  if (acknowledgement.message === undefined)
    return chat.history.findSent(acknowledgement).then(use);
  use(acknowledgement.message);
}
