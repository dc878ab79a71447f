/** Actions for a message that have no button of their own in its toolbar. */
import type { Delivery, MessageChange, TimelineMessage } from '@parley/client';
import { useChat, useSnapshot } from '../chat-context.ts';
import type { MenuItem } from '../components/menu.tsx';
import { copyText } from '../copy-text.ts';
import { recentTime } from '../format-time.ts';
import { askForReport } from '../people/ask-for-report.ts';
import { isPermitted } from '../rooms/room-permissions.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { messagePath } from '../route.ts';
import { messageStrings } from '../strings/message.ts';
import { strings } from '../strings/strings.ts';
import { askToForward } from './ask-to-forward.ts';
import { askToSave } from './ask-to-save.ts';
import { useConversationActions } from './conversation-actions.ts';
import { quoteOf } from './quote-of.ts';
import { useReadOnly } from './read-only.ts';

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
  const mayPin = useSnapshot(({ directory }) => {
    const room = listedRoom(directory, roomId);
    return isPermitted(room, 'posting') && isPermitted(room, 'pinning');
  });
  const readOnly = useReadOnly(roomId);
  const texts = messageStrings;
  const address = window.location.origin + messagePath(roomId, sequence);
  const { sender, content, sentAtMs } = message;
  const quote = (): string =>
    quoteOf({ sender, content, address, time: recentTime(sentAtMs, Date.now()) });
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
    ...(mayPin && readOnly === undefined
      ? [
          {
            icon: 'pin' as const,
            action: 'pin',
            name: isPinned ? texts.unpin : texts.pin,
            onSelect: () => onChange({ kind: isPinned ? 'unpin' : 'pin' }),
          },
        ]
      : []),
    {
      icon: 'saved',
      action: 'save',
      name: texts.saveForLater,
      onSelect: () => askToSave(messageId),
    },
    { icon: 'copy', name: texts.copyText, onSelect: () => void copyText(message.content) },
    ...(message.content === ''
      ? []
      : [
          {
            icon: 'copy' as const,
            name: texts.copyQuote,
            onSelect: () => void copyText(quote()),
          },
          {
            icon: 'forward' as const,
            name: texts.forward,
            onSelect: () => askToForward({ quote: quote(), address }),
          },
        ]),
    {
      icon: 'link',
      name: texts.copyLink,
      onSelect: () => void copyText(address),
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
