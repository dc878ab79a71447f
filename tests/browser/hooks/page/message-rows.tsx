/** Messages as rows whose attributes contain everything that a test checks. */
import type { ChannelMessage, DirectMessage, RoomView } from '@parley/client/react';

interface MessageRowsProps {
  readonly messages: RoomView<ChannelMessage | DirectMessage>['messages'];
}

export function MessageRows({ messages }: MessageRowsProps) {
  return (
    <ol>
      {messages.map((message) => {
        const stored = message.status === 'sent' ? message : undefined;
        const read = stored && ('readBy' in stored ? stored.readBy.join(' ') : stored.readAt);
        return (
          <li
            key={message.key}
            data-key={message.key}
            data-status={message.status}
            data-id={stored?.id}
            data-sequence={stored?.sequence}
            data-sender={message.senderId}
            data-read={read ?? ''}
            data-deleted={stored?.deleted === true}
          >
            {message.content}
          </li>
        );
      })}
    </ol>
  );
}
