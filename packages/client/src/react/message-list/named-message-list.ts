/** The message list of an application: its rows have the senders with the names to show. */
import { createElement, type ReactNode, useCallback, useState } from 'react';
import type { People, RoomMessage } from '../../core/people.ts';
import type { ClientSnapshot } from '../../core/snapshot.ts';
import { useParley, useParleyState } from '../parley-state.ts';
import { type MessageListProps, TimelineList } from './message-list.ts';
import type { MessageRow, RepliesRow, TimelineRow } from './timeline-rows.ts';

export type NamedMessageRow = Omit<MessageRow, 'message'> & { readonly message: RoomMessage };
export type NamedRepliesRow = Omit<RepliesRow, 'replies'> & {
  readonly replies: readonly RoomMessage[];
};
export type NamedRow =
  | Exclude<TimelineRow, MessageRow | RepliesRow>
  | NamedMessageRow
  | NamedRepliesRow;

export interface NamedMessageListProps
  extends Omit<MessageListProps, 'renderRow' | 'estimateHeight' | 'client'> {
  /** The content of a row. An element in it with `data-key={row.key}` takes the focus. */
  readonly renderRow: (row: NamedRow) => ReactNode;
  /** Height of a row until it is measured: the better the guess, the less is rendered twice. */
  readonly estimateHeight?: (row: NamedRow) => number;
}

/** The DOM has the same size with a hundred and with a hundred thousand messages. */
export function MessageList(props: NamedMessageListProps): ReactNode {
  const { client, people } = useParley();
  // Names may become known after the messages.
  useParleyState(selectKnown);
  const [named] = useState(() => new WeakMap<TimelineRow, NamedRow>());
  const nameOf = useCallback((row: TimelineRow) => nameRow(people, row, named), [people, named]);
  const { renderRow, estimateHeight, ...rest } = props;
  return createElement(TimelineList, {
    ...rest,
    client,
    renderRow: (row) => renderRow(nameOf(row)),
    ...(estimateHeight && { estimateHeight: (row: TimelineRow) => estimateHeight(nameOf(row)) }),
  });
}

function selectKnown({ people, presence, user }: ClientSnapshot) {
  return { people, presence, user };
}

/** The same object for the same row until a sender changes. */
function nameRow(
  people: People,
  row: TimelineRow,
  known: WeakMap<TimelineRow, NamedRow>,
): NamedRow {
  if (row.kind !== 'message' && row.kind !== 'replies') return row;
  const before = known.get(row);
  let named: NamedRow;
  if (row.kind === 'message') {
    const message = people.name(row.message);
    if (before?.kind === 'message' && before.message === message) return before;
    named = { ...row, message };
  } else {
    const replies = row.replies.map((reply) => people.name(reply));
    const isSame =
      before?.kind === 'replies' &&
      before.replies.length === replies.length &&
      replies.every((reply, index) => reply === before.replies[index]);
    if (isSame) return before;
    named = { ...row, replies };
  }
  known.set(row, named);
  return named;
}
