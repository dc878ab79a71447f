/** Applies a change to one message: the same in both dialects except for read receipts. Pure. */
import type { Change, FlatDialect, FlatMessage } from './flat-dialect.ts';

/** How messages of a dialect change. */
export interface FlatMessageReducer<M> {
  readonly apply: (message: M, change: Change) => M;
  /**
   * Merges two copies of a message: the newer value of each field, and the first copy if
   * they are equal.
   */
  readonly merge: (message: M, other: M) => M;
}

export function flatMessageReducer<M extends FlatMessage>(
  dialect: FlatDialect<M>,
): FlatMessageReducer<M> {
  const { afterRead, withReadsOf } = dialect;
  const apply = (message: M, change: Change): M => {
    switch (change.kind) {
      case 'edited': {
        const { content, editedAt } = change;
        return { ...message, content, editedAt };
      }
      case 'deleted': {
        const { editedAt: _, attachments: __, ...rest } = message;
        // Both fields are optional, so the rest is a valid message.
        return { ...rest, content: '', deleted: true } as unknown as M;
      }
      case 'read':
        return afterRead(message, change);
      default:
        return change satisfies never;
    }
  };
  const merge = (message: M, other: M): M =>
    isNewer(other, message) ? withReadsOf(other, message) : withReadsOf(message, other);
  return Object.freeze({ apply, merge });
}

/** A deletion is the last change. Times have one format, so they compare as strings. */
function isNewer(one: FlatMessage, other: FlatMessage): boolean {
  if (one.deleted !== other.deleted) return one.deleted === true;
  return (one.editedAt ?? '') > (other.editedAt ?? '');
}
