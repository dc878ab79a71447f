/** Actions of the conversation that its messages start. */
import type { MessageId, RoomId, TimelineMessage } from '@parley/client';
import { createContext, useCallback, useContext, useState } from 'react';
import { useChat } from '../chat-context.ts';
import type { DraftKey, EditPlace } from '../drafts/draft-storage.ts';
import { editKey } from '../drafts/drafts.ts';

/** One opening of the editor of a message. */
export interface Editing {
  /** Of the message: it stays the same when the message is sent. */
  readonly key: string;
  readonly draftKey: DraftKey;
  /** The text is from an earlier visit: the editor leaves the focus where the user is. */
  readonly isRestored?: boolean;
}

export interface ConversationActions {
  readonly roomId: RoomId;
  readonly editing: Editing | undefined;
  readonly edit: (key: string | undefined) => void;
  /** Replies are in their threads only, and `reply` opens the thread. */
  readonly isThreaded: boolean;
  /** Undefined in a thread, where every message is a reply already. */
  readonly reply: ((message: TimelineMessage) => void) | undefined;
  readonly openThread: (messageId: MessageId, options?: { readonly replace?: boolean }) => void;
  /** Scrolls to a message and marks it for a moment. */
  readonly showMessage: (messageId: MessageId) => void;
  /** The user marks the room as unread: what opens it does not remove the mark any more. */
  readonly keepUnreadMark?: () => void;
}

export const ConversationActionsContext = createContext<ConversationActions | undefined>(undefined);

export function useConversationActions(): ConversationActions {
  const actions = useContext(ConversationActionsContext);
  if (actions === undefined) throw new Error('useConversationActions needs its context above it');
  return actions;
}

/** Begins with the edit that was left without saving it. */
export function useEditing(place: EditPlace): Pick<ConversationActions, 'editing' | 'edit'> {
  const { drafts } = useChat();
  const [editing, setEditing] = useState((): Editing | undefined => {
    const key = drafts.editedIn(place);
    return key === undefined ? undefined : { key, draftKey: editKey(place, key), isRestored: true };
  });
  const edit = useCallback(
    (key: string | undefined) =>
      setEditing(key === undefined ? undefined : { key, draftKey: editKey(place, key) }),
    [place],
  );
  return { editing, edit };
}
