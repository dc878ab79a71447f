/**
 * Changes an existing message: edit, delete, react, pin. The store's transaction decides whether
 * the author may. In a direct room, changes are refused like messages if the other user does not accept
 * any from the author.
 */

import {
  type ClientMessageId,
  findMentions,
  type Mentions,
  type MessageId,
  pollOf,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { CommandOf } from '../../model/log-command.ts';
import type { Message } from '../../model/message.ts';
import type { FlagCommand } from '../../model/message-flags.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { Author, LogWriter, OnAcknowledged } from '../delivery/log-writer.ts';
import { requireAcceptedBy } from '../invitations/accepted-writers.ts';
import { toMessageText } from '../primitives/text-validation.ts';
import { type HereMentionsDependencies, namesOfPresent, withNames } from './here-mentions.ts';
import {
  MEMBERS_ONLY,
  type MentionedOutsidersDependencies,
  namesToReach,
  type Reach,
  reachOutsiders,
  withUnreached,
} from './mentioned-outsiders.ts';
import type { MessageRules } from './message-rules.ts';
import { requireKnownEmoji, toReactionEmoji } from './reaction-emoji.ts';
import type { RoomCache } from './room-cache.ts';

interface MessageChangesDependencies
  extends MentionedOutsidersDependencies,
    HereMentionsDependencies {
  readonly logWriter: Pick<LogWriter, 'submit'>;
  readonly userLimits: Pick<UserRateLimits, 'bytes' | 'changes' | 'requests' | 'requestsOfPair'>;
  readonly rules: Pick<MessageRules, 'admitEdit'>;
  readonly store: MentionedOutsidersDependencies['store'] & Pick<Store, 'customEmoji' | 'log'>;
  readonly connectedUsers: MentionedOutsidersDependencies['connectedUsers'] &
    Pick<ConnectedUsers, 'kindOf'>;
  readonly roomCache: Pick<RoomCache, 'find'>;
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

type EditedMentions = Pick<CommandOf<'edit'>, 'mentions' | 'keepsMentions'> & {
  readonly reach?: Reach;
};

/** Allowed to users from whom the recipient accepts nothing. */
const WITHDRAWALS: ReadonlySet<MessageChange['kind']> = new Set([
  'deletion',
  'reaction-removed',
  'unpin',
]);

export class MessageChanges {
  readonly #dependencies: MessageChangesDependencies;

  constructor(dependencies: MessageChangesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Changes a message of a room, which need not be open on the connection. `onAcknowledged` gets
   * NOT_FOUND, FORBIDDEN, CONFLICT or UNAVAILABLE if it was not stored.
   *
   * @throws {ChatError} RATE_LIMITED, VALIDATION_ERROR, UNAVAILABLE, FORBIDDEN; then nothing was stored.
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
    const admit = () => {
      const admitting = this.#admit(author, request);
      return admitting === undefined ? submit() : admitting.then(submit);
    };
    return taking === undefined ? admit() : taking.then(admit);
  }

  /** Returns a promise only for a direct room, and for a room of which this node does not know the kind. */
  #admit({ user }: Author, { roomId, change }: ChangeRequest): Promise<void> | undefined {
    const { connectedUsers, roomCache } = this.#dependencies;
    if (WITHDRAWALS.has(change.kind)) return undefined;
    const kind = connectedUsers.kindOf(roomId);
    if (kind !== undefined && kind !== 'direct') return undefined;
    return roomCache.find(user, roomId).then(async (room) => {
      const recipientId = room && recipientOf(room, user.id);
      if (recipientId === undefined) return;
      await requireAcceptedBy(this.#dependencies, user, recipientId);
    });
  }

  /**
   * The members present are mentioned by the edit that brings `@here`, and by no later one. Users outside of
   * the room come into it by the edit that names them first.
   */
  async #mention(
    author: Author['user'],
    { roomId, messageId }: Pick<ChangeRequest, 'roomId' | 'messageId'>,
    mentions: Mentions,
  ): Promise<EditedMentions> {
    const former = await this.#dependencies.store.log.readMessage(roomId, messageId);
    // The log rejects the edit.
    if (former === undefined || !isEditable(former, author.id)) return { mentions };
    const earlier = findMentions(former.content);
    const names = mentions.names.filter((name) => !earlier.names.includes(name));
    const reach = await this.#reachOutsiders(author, former, names);
    if (mentions.here !== true) return { mentions, reach };
    if (earlier.here) return { mentions: { ...mentions, names }, keepsMentions: true, reach };
    const present = await namesOfPresent(this.#dependencies, author, roomId);
    return { mentions: withNames(mentions, present), reach };
  }

  /** For those who come into the room, the message is unread. */
  async #reachOutsiders(
    author: Author['user'],
    { roomId, sequence }: Message,
    written: readonly string[],
  ): Promise<Reach> {
    const { roomCache, store } = this.#dependencies;
    const room = written.length === 0 ? undefined : await roomCache.find(author, roomId);
    const names = room === undefined ? [] : namesToReach(this.#dependencies, room, written);
    if (room === undefined || names.length === 0) return MEMBERS_ONLY;
    const { events } = await store.log.readEvents(roomId, sequence - 1, 1);
    const [event] = events;
    const isThere = event?.sequence === sequence;
    const readUpTo = isThere ? { sequence: sequence - 1, ordinal: event.ordinal - 1 } : undefined;
    return reachOutsiders(this.#dependencies, author, room, names, { kind: 'edit', readUpTo });
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
        const admitting = this.#dependencies.rules.admitEdit(author.user, roomId, content);
        const written = findMentions(content);
        const edit = ({ reach = MEMBERS_ONLY, ...mentioned }: EditedMentions): void => {
          const { admits, notReached, onStored } = reach;
          const command = { ...target, kind, content, ...mentioned };
          this.#dependencies.logWriter.submit(
            author,
            admits.length === 0 ? command : { ...command, admits },
            {
              identity: [kind, messageId, content],
              onAcknowledged: withUnreached(onAcknowledged, notReached),
              onStored,
            },
          );
          this.#dependencies.userLimits.bytes.use(author.user.id, Buffer.byteLength(content));
        };
        const mention = (): void | Promise<void> => {
          if (written.names.length === 0 && written.here !== true)
            return edit({ mentions: written });
          return this.#mention(author.user, target, written).then(edit);
        };
        return admitting === undefined ? mention() : admitting.then(mention);
      }
      case 'reaction-added':
      case 'reaction-removed': {
        const emoji = toReactionEmoji(change.emoji);
        const submit = (): void => {
          this.#dependencies.logWriter.submit(
            author,
            { ...target, kind, emoji },
            { identity: [kind, messageId, emoji], onAcknowledged },
          );
        };
        // A reaction can be removed after its emoji was deleted.
        const requiring =
          kind === 'reaction-added'
            ? requireKnownEmoji(emoji, this.#dependencies.store.customEmoji)
            : undefined;
        return requiring === undefined ? submit() : requiring.then(submit);
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

/** As the log decides it: votes of a poll are about the text as it was. */
function isEditable({ userId, isDeleted, attachments }: Message, authorId: UserId): boolean {
  return userId === authorId && !isDeleted && pollOf(attachments) === undefined;
}
