/** Typing users by room. */
import type { RoomId, RoomPerson, UserId } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { type ExpiringEntry, ExpiringList } from '../expiring-list.ts';
import type { Cell } from '../store.ts';

/** Slightly longer than the server waits for the next key. */
const TYPING_LASTS_MS = 6_000;
const TYPISTS_MAX = 500;

export interface Typist extends ExpiringEntry {
  readonly userId: UserId;
  readonly username: string;
}

/** In order of start. */
export type TypingState = readonly Typist[];

export class Typing extends ExpiringList<Typist> {
  constructor(environment: Pick<Environment, 'nowMs' | 'setTimer'>, typing: Cell<TypingState>) {
    super(environment, typing, {
      isSame: (one, other) => one.roomId === other.roomId && one.userId === other.userId,
      countMax: TYPISTS_MAX,
      lastsMs: TYPING_LASTS_MS,
    });
  }

  onSignal({
    roomId,
    userId,
    username,
    isTyping,
  }: RoomPerson & { readonly isTyping: boolean }): void {
    if (isTyping) this.put({ roomId, userId, username });
    else this.endPerson(roomId, userId);
  }

  /** A message or a leave ends the typing of its author. */
  endPerson(roomId: RoomId, userId: UserId): void {
    this.end((typist) => typist.roomId === roomId && typist.userId === userId);
  }
}
