/** What a change makes of one message: the same in both dialects, but for who has read it. Pure. */
import type { FlatDialect, FlatMessage } from './flat-dialect.ts';
import type { ApplyChange } from './flat-log.ts';

export function applyTo<M extends FlatMessage>(
  dialect: Pick<FlatDialect<M>, 'afterRead'>,
): ApplyChange<M> {
  return (message, change) => {
    switch (change.kind) {
      case 'edited': {
        const { content, editedAt } = change;
        return { ...message, content, editedAt };
      }
      case 'deleted': {
        const { editedAt: _, ...rest } = message;
        // Without the time of an edit, which is optional, it is a message still.
        return { ...rest, content: '', deleted: true } as unknown as M;
      }
      case 'read':
        return dialect.afterRead(message, change);
      default:
        return change satisfies never;
    }
  };
}
