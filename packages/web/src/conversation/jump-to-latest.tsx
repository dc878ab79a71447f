/** Button to jump to the newest message, with the number of messages since you scrolled up. */
import type { OpenRoom } from '@parley/client';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import classes from './jump-to-latest.module.css';
import { indexFrom } from './timeline-window.ts';

export interface LatestButtonProps {
  readonly room: OpenRoom;
  readonly isShown: boolean;
  readonly onPress: () => void;
}

export function JumpToLatest({ room, isShown, onPress }: LatestButtonProps) {
  const { user } = useChat();
  const head = room.log.messages.at(-1)?.sequence ?? 0;
  // At the end of the list every message is visible.
  const [seen, setSeen] = useState(head);
  if (!isShown && seen !== head) setSeen(head);
  if (!isShown) return null;
  const { messages } = room.log;
  const news = messages.slice(indexFrom(messages, seen + 1));
  const newCount = news.filter(({ userId }) => userId !== user.id).length;
  return (
    <div className={classes['place']}>
      <Button className={classes['button']} onClick={onPress}>
        <Icon name="down" />
        {strings.conversation.latest}{' '}
        {newCount > 0 && (
          <span className={classes['count']}>{strings.conversation.newBelow(newCount)}</span>
        )}
      </Button>
    </div>
  );
}
