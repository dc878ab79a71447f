/** Actions for a message that have no button of their own in its toolbar. */
import type { Delivery, MessageChange, TimelineMessage } from '@parley/client';
import type { MenuItem } from '../components/menu.tsx';
import { copyText } from '../copy-text.ts';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { askForReport } from '../people/ask-for-report.ts';
import { messagePath } from '../route.ts';
import { messageStrings } from '../strings/message.ts';
import { strings } from '../strings/strings.ts';
import { useConversationActions } from './conversation-actions.ts';

interface MessageMenuItem extends MenuItem {
  /** Value of `data-action` for the key of this action. */
  readonly action?: string;
}

export interface MessageMenuOptions {
  readonly message: TimelineMessage;
  readonly delivery: Extract<Delivery, { kind: 'sent' }>;
  readonly onChange: (change: MessageChange) => void;
}

export function useMessageMenu(options: MessageMenuOptions): readonly MessageMenuItem[] {
  const { message, delivery, onChange } = options;
  const { client, user } = useChat();
  const { isThreaded, openThread, roomId } = useConversationActions();
  const canModerate = useSnapshot(({ directory }) =>
    directory.rooms.some((room) => room.id === roomId && room.canModerate === true),
  );
  const { isPinned, id: messageId, sequence } = delivery;
  const texts = messageStrings;
  return [
    // Elsewhere the reply button opens the thread.
    ...(isThreaded
      ? []
      : [
          {
            icon: 'thread' as const,
            name: strings.thread.open,
            onSelect: () => openThread(message.parentId ?? messageId),
          },
        ]),
    {
      icon: 'pin',
      action: 'pin',
      name: isPinned ? texts.unpin : texts.pin,
      onSelect: () => onChange({ kind: isPinned ? 'unpin' : 'pin' }),
    },
    { icon: 'copy', name: texts.copyText, onSelect: () => void copyText(message.content) },
    {
      icon: 'link',
      name: texts.copyLink,
      onSelect: () => void copyText(window.location.origin + messagePath(roomId, sequence)),
    },
    ...(message.userId === user.id
      ? []
      : [
          {
            icon: 'flag' as const,
            name: texts.report,
            onSelect: () =>
              askForReport({ messageId, userId: message.userId, username: message.sender }),
          },
        ]),
    ...(message.userId === user.id || canModerate
      ? [
          {
            icon: 'trash' as const,
            action: 'delete',
            name: texts.delete,
            isDanger: true,
            onSelect: () => client.deleteLater({ roomId, messageId }),
          },
        ]
      : []),
  ];
}
