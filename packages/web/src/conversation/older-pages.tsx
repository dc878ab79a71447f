/** What stands above the first message: the beginning, a page that comes, or one that did not. */
import type { OpenRoom } from '@parley/client';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Button } from '../components/button.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import classes from './older-pages.module.css';

export interface OlderPagesProps {
  readonly room: OpenRoom;
  /** Said above the first message. */
  readonly start: string;
  /** Whether there is an older page, and room for it. */
  readonly canLoad: boolean;
}

export function OlderPages({ room, start, canLoad }: OlderPagesProps) {
  const { client } = useChat();
  if (!room.log.hasOlder) {
    return (
      <p className={classes['line']}>
        <BidiIsolate text={start} names={[room.name]} />
      </p>
    );
  }
  if (!canLoad) return <p className={classes['line']}>{strings.conversation.olderBound}</p>;
  if (room.olderPages === 'failed') {
    return (
      <p className={classes['line']}>
        {strings.conversation.olderFailed}
        <Button kind="quiet" onClick={() => client.loadOlder(room.id)}>
          {strings.tryAgain}
        </Button>
      </p>
    );
  }
  return <p className={classes['line']}>{strings.conversation.loadingOlder}</p>;
}
