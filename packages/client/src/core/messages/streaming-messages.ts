/** Messages that are still being made, such as the assistant's answers: each as far as it has come. */
import type { RoomId, ServerFrames } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { type ExpiringEntry, ExpiringList } from '../expiring-list.ts';
import type { Cell } from '../store.ts';

/** Whoever makes it may pause to think, and for longer than a typist. */
export const STREAMING_LASTS_MS = 30_000;
export const STREAMING_MAX = 50;

export interface StreamingMessage extends ExpiringEntry {
  /** What the message will have as its `clientMessageId`. */
  readonly draftId: string;
  /** All of it so far. */
  readonly content: string;
}

/** In the order in which they began. */
export type StreamingState = readonly StreamingMessage[];

export class StreamingMessages extends ExpiringList<StreamingMessage> {
  constructor(
    environment: Pick<Environment, 'nowMs' | 'setTimer'>,
    streaming: Cell<StreamingState>,
  ) {
    super(environment, streaming, {
      isSame: (one, other) => one.roomId === other.roomId && one.draftId === other.draftId,
      countMax: STREAMING_MAX,
      lastsMs: STREAMING_LASTS_MS,
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
