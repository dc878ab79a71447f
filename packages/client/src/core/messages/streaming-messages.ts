/** Messages that are still being made, such as the assistant's answers: each as far as it has come. */
import type { RoomId, ServerFrames } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { Fleeting, type FleetingEntry } from '../expiring-list.ts';
import type { Cell } from '../store.ts';

/** Whoever makes it may pause to think, and for longer than a typist. */
export const GROWING_LASTS_MS = 30_000;
export const GROWING_MAX = 50;

export interface GrowingMessage extends FleetingEntry {
  /** What the message will have as its `clientMessageId`. */
  readonly draftId: string;
  /** All of it so far. */
  readonly content: string;
}

/** In the order in which they began. */
export type GrowingState = readonly GrowingMessage[];

export class Growing extends Fleeting<GrowingMessage> {
  constructor(environment: Pick<Environment, 'nowMs' | 'setTimer'>, growing: Cell<GrowingState>) {
    super(environment, growing, {
      isSame: (one, other) => one.roomId === other.roomId && one.draftId === other.draftId,
      countMax: GROWING_MAX,
      lastsMs: GROWING_LASTS_MS,
    });
  }

  take({ roomId, draftId, content }: ServerFrames['message_progress']): void {
    this.put({ roomId, draftId, content });
  }

  /** The message itself has come. */
  endDraft(roomId: RoomId, draftId: string): void {
    this.end((message) => message.roomId === roomId && message.draftId === draftId);
  }
}
