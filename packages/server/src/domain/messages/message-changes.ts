/**
 * Changes an existing message: edit, delete, react, pin. The store's transaction decides whether
 * the author may.
 */

import { type ClientMessageId, findMentions, type MessageId, type RoomId } from '@parley/protocol';
import type { FlagCommand } from '../../model/message-flags.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { Author, LogWriter, OnAcknowledged } from '../delivery/log-writer.ts';
import { toMessageText } from '../primitives/text-validation.ts';
import { toReactionEmoji } from './reaction-emoji.ts';

interface MessageChangesDependencies {
  readonly logWriter: Pick<LogWriter, 'submit'>;
  readonly userLimits: Pick<UserRateLimits, 'bytes' | 'changes'>;
}

interface ChangeRequest {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly change: MessageChange;
}

export type MessageChange =
  | {
      readonly kind: 'edit';
      readonly content: string;
      /** Maximum number of code points in this dialect. */
      readonly contentLengthMax: number;
    }
  | { readonly kind: 'deletion' | FlagCommand }
  | { readonly kind: 'reaction-added'; readonly emoji: string }
  | { readonly kind: 'reaction-removed'; readonly emoji: string };

export class MessageChanges {
  readonly #dependencies: MessageChangesDependencies;

  constructor(dependencies: MessageChangesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Changes a message of a room, which need not be open on the connection. `onAcknowledged` gets
   * NOT_FOUND, FORBIDDEN, CONFLICT or UNAVAILABLE if it was not stored.
   *
   * @throws {ChatError} RATE_LIMITED, VALIDATION_ERROR, UNAVAILABLE; then nothing was stored.
   */
  change(
    author: Author,
    request: ChangeRequest,
    onAcknowledged: OnAcknowledged,
  ): void | Promise<void> {
    const { bytes, changes } = this.#dependencies.userLimits;
    if (request.change.kind === 'edit') {
      const requiring = bytes.require(author.user.id);
      if (requiring !== undefined) {
        return requiring.then(() => this.change(author, request, onAcknowledged));
      }
    }
    const taking = changes.take(author.user.id);
    const submit = () => this.#submit(author, request, onAcknowledged);
    return taking === undefined ? submit() : taking.then(submit);
  }

  #submit(
    author: Author,
    { roomId, messageId, clientMessageId, change }: ChangeRequest,
    onAcknowledged: OnAcknowledged,
  ): void | Promise<void> {
    const target = { roomId, messageId, clientMessageId };
    const { kind } = change;
    switch (kind) {
      case 'edit': {
        const content = toMessageText(change.content, change.contentLengthMax);
        const command = { ...target, kind, content, mentions: findMentions(content) };
        this.#dependencies.logWriter.submit(author, command, {
          identity: [kind, messageId, content],
          onAcknowledged,
        });
        this.#dependencies.userLimits.bytes.use(author.user.id, Buffer.byteLength(content));
        return;
      }
      case 'reaction-added':
      case 'reaction-removed': {
        const emoji = toReactionEmoji(change.emoji);
        const command = { ...target, kind, emoji };
        this.#dependencies.logWriter.submit(author, command, {
          identity: [kind, messageId, emoji],
          onAcknowledged,
        });
        return;
      }
      default:
        this.#dependencies.logWriter.submit(
          author,
          { ...target, kind },
          { identity: [kind, messageId], onAcknowledged },
        );
        return;
    }
  }
}
