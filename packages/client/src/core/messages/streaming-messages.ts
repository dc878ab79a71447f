/** Messages in progress, such as the assistant's answers, with their content so far. */
import type { RoomId, ServerFrames } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { type ExpiringEntry, ExpiringList } from '../expiring-list.ts';
import type { Cell } from '../store.ts';

/** The author may pause to think, for longer than a typing user. */
export const STREAMING_LASTS_MS = 30_000;
export const STREAMING_MAX = 50;

export interface StreamingMessage extends ExpiringEntry {
  /** The future `clientMessageId` of the message. */
  readonly draftId: string;
  /** The complete content so far. */
  readonly content: string;
}

/** In order of start. */
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

  onProgress({ roomId, draftId, content }: ServerFrames['message_progress']): void {
    this.put({ roomId, draftId, content });
  }

  /** The message itself has arrived. */
  endDraft(roomId: RoomId, draftId: string): void {
    this.end((message) => message.roomId === roomId && message.draftId === draftId);
  }
}
