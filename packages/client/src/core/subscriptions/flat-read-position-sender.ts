/**
 * The user's read positions, sent to the server until it confirms them. In memory only:
 * losing one loses no message.
 */
import type { MessageId, RoomId } from '@parley/protocol';

interface Mark {
  readonly id: MessageId;
  readonly sequence: number;
}

export class FlatReadPositionSender {
  readonly #tell: (roomId: RoomId, messageId: MessageId) => boolean;
  readonly #marks = new Map<RoomId, Mark>();

  /** @param tell Returns whether the mark could be sent; if not, `retry` sends it later. */
  constructor(tell: (roomId: RoomId, messageId: MessageId) => boolean) {
    this.#tell = tell;
  }

  /** A mark only moves forward. */
  put(roomId: RoomId, { id, sequence }: Mark): void {
    const earlier = this.#marks.get(roomId);
    if (earlier !== undefined && earlier.sequence >= sequence) return;
    this.#marks.set(roomId, { id, sequence });
    this.#tell(roomId, id);
  }

  /** The room is live again: earlier frames may be lost. */
  retry(roomId: RoomId): void {
    const mark = this.#marks.get(roomId);
    if (mark !== undefined && !this.#confirmed.has(mark)) this.#tell(roomId, mark.id);
  }

  confirm(roomId: RoomId, sequence: number): void {
    const mark = this.#marks.get(roomId);
    if (mark !== undefined && mark.sequence <= sequence) this.#confirmed.add(mark);
  }

  forget(roomId: RoomId): void {
    this.#marks.delete(roomId);
  }

  forgetAll(): void {
    this.#marks.clear();
  }

  readonly #confirmed = new WeakSet<Mark>();
}
