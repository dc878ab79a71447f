/**
 * The user's changes of existing messages: edits, deletions, reactions and pins. Other
 * users receive an event of the log; the user receives the acknowledgement in place of
 * that event.
 */
import {
  ChatError,
  type ClientPayload,
  type LoggedEvent,
  normalizeEmoji,
  othersOf,
  pollOf,
  type ServerFrames,
} from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { Environment } from '../environment.ts';
import { sendableContent } from '../messages/content-validation.ts';
import type { Message, MessageTarget } from '../messages/message.ts';
import {
  type Deliveries,
  editAfterDelivery,
  type WantedEdit,
} from '../outbox/edit-after-delivery.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ClientStore } from '../snapshot.ts';
import type { Rooms } from './rooms.ts';

export type MessageChange =
  | { readonly kind: 'react' | 'unreact'; readonly emoji: string }
  | { readonly kind: 'pin' | 'unpin' | 'delete' }
  | { readonly kind: 'edit'; readonly content: string };

export interface MessageChangesDependencies {
  readonly store: ClientStore;
  readonly requests: RequestCorrelator;
  readonly rooms: Rooms;
}

const COMMANDS = Object.freeze({
  react: 'add_reaction',
  unreact: 'remove_reaction',
  pin: 'pin_message',
  unpin: 'unpin_message',
  edit: 'edit_message',
  delete: 'delete_message',
});

export class MessageChanges {
  readonly #environment: Pick<Environment, 'newId'>;
  readonly #dependencies: MessageChangesDependencies;

  constructor(environment: Pick<Environment, 'newId'>, dependencies: MessageChangesDependencies) {
    this.#environment = environment;
    this.#dependencies = dependencies;
  }

  /**
   * @throws {ChatError} `VALIDATION_ERROR` for a reaction that is not an emoji, or a text
   * that is empty or too long; the server's error; `UNAVAILABLE` if no answer arrived.
   */
  async submit(target: MessageTarget, wanted: MessageChange): Promise<void> {
    const change = this.#toStored(wanted);
    const { requests, rooms } = this.#dependencies;
    const clientMessageId = this.#environment.newId();
    const { kind, ...fields } = change;
    return new Promise((resolve, reject) => {
      // Each kind carries exactly the fields of its command.
      const payload = { ...target, clientMessageId, ...fields } as ClientPayload<'edit_message'>;
      requests.ask(COMMANDS[kind] as 'edit_message', payload, (outcome) => {
        if (outcome.kind !== 'answered') {
          reject(outcome.kind === 'refused' ? outcome.error : new ChatError('UNAVAILABLE'));
          return;
        }
        const event = this.#eventOf(target, change, outcome.payload);
        if (event !== undefined) rooms.apply(target.roomId, { kind: 'logged', event });
        resolve();
      });
    });
  }

  /** Edits a message as soon as it is stored. @throws {ChatError} As `submit`, and of the message. */
  editUnsent(deliveries: Deliveries, outbox: Outbox, wanted: WantedEdit): Promise<void> {
    const edit = (target: MessageTarget, content: string): Promise<void> =>
      this.submit(target, { kind: 'edit', content });
    return editAfterDelivery({ deliveries, outbox, edit }, wanted);
  }

  /** In the form in which the server stores it. */
  #toStored(wanted: MessageChange): MessageChange {
    if (wanted.kind === 'edit') {
      const { contentLengthMax } = this.#dependencies.store.getSnapshot();
      return { kind: 'edit', content: sendableContent(wanted.content, contentLengthMax) };
    }
    if (!('emoji' in wanted)) return wanted;
    const emoji = normalizeEmoji(wanted.emoji);
    if (emoji !== undefined) return { ...wanted, emoji };
    throw new ChatError('VALIDATION_ERROR', {
      field: 'emoji',
      message: 'A reaction must be one emoji',
    });
  }

  /** The event that the other users receive. */
  #eventOf(
    target: MessageTarget,
    change: MessageChange,
    { sequence, timestamp, notReached }: ServerFrames['message_ack'],
  ): LoggedEvent | undefined {
    const { user } = this.#dependencies.store.getSnapshot();
    if (user === undefined) return undefined;
    const place = { ...target, sequence, userId: user.id };
    switch (change.kind) {
      case 'edit': {
        // The author alone is told whom an edit does not reach.
        const edit = { content: change.content, editedAt: timestamp, notReached };
        return { type: 'message_edited', payload: { ...place, ...edit } };
      }
      case 'delete':
        return { type: 'message_deleted', payload: place };
      case 'pin':
        return { type: 'message_pinned', payload: place };
      case 'unpin':
        return { type: 'message_unpinned', payload: place };
      case 'react':
      case 'unreact': {
        const { emoji, kind } = change;
        const type = kind === 'react' ? 'reaction_added' : 'reaction_removed';
        const count = this.#countAfter(target, change);
        if (kind === 'unreact') return { type, payload: { ...place, emoji, count } };
        const poll = pollOf(this.#messageOf(target)?.attachments ?? []);
        const others = othersOf(poll, emoji, (rival) =>
          this.#countAfter(target, { kind: 'unreact', emoji: rival }),
        );
        return { type, payload: { ...place, emoji, count, ...others } };
      }
    }
  }

  /** Nothing overtakes an acknowledgement: the current state includes everything before it. */
  #countAfter(
    target: MessageTarget,
    { kind, emoji }: Extract<MessageChange, { emoji: string }>,
  ): number {
    const { rooms, user } = this.#dependencies.store.getSnapshot();
    if (rooms.get(target.roomId)?.kind !== 'open' || user === undefined) return 0;
    const reaction = this.#messageOf(target)?.reactions.find((each) => each.emoji === emoji);
    const others = (reaction?.count ?? 0) - (reaction?.userIds.includes(user.id) ? 1 : 0);
    return others + (kind === 'react' ? 1 : 0);
  }

  #messageOf({ roomId, messageId }: MessageTarget): Message | undefined {
    const room = this.#dependencies.store.getSnapshot().rooms.get(roomId);
    if (room?.kind !== 'open') return undefined;
    return room.log.messages.find(({ id }) => id === messageId);
  }
}
