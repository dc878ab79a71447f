/**
 * What one does to messages that are there: react, pin. The others hear it as an event
 * of the log; oneself gets the acknowledgement, which takes that event's place.
 */
import { ChatError, type LoggedEvent, type MessageId, type RoomId } from '@parley/protocol';
import type { Environment } from './environment.ts';
import type { Requests } from './requests.ts';
import type { Rooms } from './rooms.ts';
import type { ClientStore } from './snapshot.ts';

export type MessageChange =
  | { readonly kind: 'react' | 'unreact'; readonly emoji: string }
  | { readonly kind: 'pin' | 'unpin' };

export interface MessageTarget {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
}

export interface MessageChangesParts {
  readonly store: ClientStore;
  readonly requests: Requests;
  readonly rooms: Rooms;
}

const COMMANDS = Object.freeze({
  react: 'add_reaction',
  unreact: 'remove_reaction',
  pin: 'pin_message',
  unpin: 'unpin_message',
});

export class MessageChanges {
  readonly #environment: Pick<Environment, 'newId'>;
  readonly #parts: MessageChangesParts;

  constructor(environment: Pick<Environment, 'newId'>, parts: MessageChangesParts) {
    this.#environment = environment;
    this.#parts = parts;
  }

  /** @throws {ChatError} what the server says; `UNAVAILABLE` when its answer was not heard. */
  submit(target: MessageTarget, change: MessageChange): Promise<void> {
    const { requests, rooms } = this.#parts;
    const clientMessageId = this.#environment.newId();
    const { kind, ...emoji } = change;
    return new Promise((resolve, reject) => {
      requests.ask(COMMANDS[kind], { ...target, clientMessageId, ...emoji }, (outcome) => {
        if (outcome.kind !== 'answered') {
          reject(outcome.kind === 'refused' ? outcome.error : new ChatError('UNAVAILABLE'));
          return;
        }
        const event = this.#eventOf(target, change, outcome.payload.sequence);
        if (event !== undefined) rooms.apply(target.roomId, { kind: 'logged', event });
        resolve();
      });
    });
  }

  /** As the others hear it. */
  #eventOf(
    target: MessageTarget,
    change: MessageChange,
    sequence: number,
  ): LoggedEvent | undefined {
    const { user } = this.#parts.store.getSnapshot();
    if (user === undefined) return undefined;
    const place = { ...target, sequence, userId: user.id };
    switch (change.kind) {
      case 'pin':
        return { type: 'message_pinned', payload: place };
      case 'unpin':
        return { type: 'message_unpinned', payload: place };
      case 'react':
      case 'unreact': {
        const { emoji, kind } = change;
        const type = kind === 'react' ? 'reaction_added' : 'reaction_removed';
        return { type, payload: { ...place, emoji, count: this.#countAfter(target, change) } };
      }
    }
  }

  /** Nothing overtakes an acknowledgement: what is held is what the others had done before. */
  #countAfter(
    { roomId, messageId }: MessageTarget,
    { kind, emoji }: Extract<MessageChange, { emoji: string }>,
  ): number {
    const { rooms, user } = this.#parts.store.getSnapshot();
    const room = rooms.get(roomId);
    if (room?.kind !== 'open' || user === undefined) return 0;
    const message = room.log.messages.find(({ id }) => id === messageId);
    const reaction = message?.reactions.find((each) => each.emoji === emoji);
    const others = (reaction?.count ?? 0) - (reaction?.userIds.includes(user.id) ? 1 : 0);
    return others + (kind === 'react' ? 1 : 0);
  }
}
