/** What a change makes of one message: the same in both dialects, but for who has read it. Pure. */
import type { Change, FlatDialect, FlatMessage } from './flat-dialect.ts';

/** How the messages of a dialect change. */
export interface Fold<M> {
  readonly apply: (message: M, change: Change) => M;
  /** Of two copies of one message what is newer of each; where that is the same, the first. */
  readonly merge: (message: M, other: M) => M;
}

export function foldOf<M extends FlatMessage>(dialect: FlatDialect<M>): Fold<M> {
  const { afterRead, withReadsOf } = dialect;
  const apply = (message: M, change: Change): M => {
    switch (change.kind) {
      case 'edited': {
        const { content, editedAt } = change;
        return { ...message, content, editedAt };
      }
      case 'deleted': {
        const { editedAt: _, attachments: __, ...rest } = message;
        // Without these two, which are optional, it is a message still.
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

/** A deletion is the last of all changes. Times are of one form, so their order is that of texts. */
function isNewer(one: FlatMessage, other: FlatMessage): boolean {
  if (one.deleted !== other.deleted) return one.deleted === true;
  return (one.editedAt ?? '') > (other.editedAt ?? '');
}
