/** Sends the assistant's messages to the rooms of the questions, with retries. */

import { ChatError, type ClientMessageId, type MessageId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LogWriter } from '../delivery/log-writer.ts';
import { toChatError } from '../errors.ts';

export interface AssistantReplySenderDependencies {
  readonly clock: Clock;
  readonly secrets: Crypto;
  readonly logger: Logger;
  readonly logWriter: Pick<LogWriter, 'submit'>;
}

/** Maximum number of attempts while the store is unavailable; the key makes them one message. */
const ATTEMPTS_MAX = 5;
const RETRY_MS = 1000;

export class AssistantReplySender {
  readonly user: User;
  readonly #dependencies: AssistantReplySenderDependencies;
  readonly #stop: AbortSignal;

  constructor(user: User, dependencies: AssistantReplySenderDependencies, stop: AbortSignal) {
    this.user = user;
    this.#dependencies = dependencies;
    this.#stop = stop;
  }

  /**
   * Sends a message to the room of the question, in its thread if it has one; failures are logged.
   */
  async send(question: Message, content: string, clientMessageId: ClientMessageId): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const error = await this.#submit(question, content, clientMessageId);
      if (error === undefined) return;
      const isLast = attempt === ATTEMPTS_MAX || this.#stop.aborted;
      if (isLast || error.code !== 'UNAVAILABLE') {
        const { roomId } = question;
        this.#dependencies.logger.record({ event: 'assistant.failed', roomId, error });
        return;
      }
      await this.#pause();
    }
  }

  #submit(
    { roomId, reply }: Message,
    content: string,
    clientMessageId: ClientMessageId,
  ): Promise<ChatError | undefined> {
    const { secrets, logWriter } = this.#dependencies;
    const { promise, resolve } = Promise.withResolvers<ChatError | undefined>();
    const parentId = reply?.parentId;
    const command = {
      kind: 'message',
      roomId,
      content,
      clientMessageId,
      parentId,
      messageId: secrets.newId() as MessageId, // Generated here: the cast is safe.
      // The assistant never mentions users, even if its prompt asks for it.
      mentions: { everyone: false, names: [] },
      attachments: [],
    } as const;
    const identity = ['message', content, parentId ?? null];
    try {
      logWriter.submit({ user: this.user, connection: undefined }, command, {
        identity,
        onAcknowledged: (result) => resolve(result instanceof ChatError ? result : undefined),
      });
    } catch (error) {
      resolve(toChatError(error));
    }
    return promise;
  }

  /** Ends early if the server stops. */
  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#dependencies.clock.schedule(RETRY_MS, resolve);
    const onStop = (): void => resolve();
    this.#stop.addEventListener('abort', onStop);
    await promise;
    this.#stop.removeEventListener('abort', onStop);
    timer.cancel();
  }
}
