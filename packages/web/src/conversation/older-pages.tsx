/** Line above the first message: the start of the room, a page that is loading, or an error. */
import type { OpenRoom } from '@parley/client';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Button } from '../components/button.tsx';
import { strings } from '../strings.ts';
import classes from './older-pages.module.css';

export interface OlderPagesProps {
  readonly room: OpenRoom;
  /** Text for the start of the conversation. */
  readonly start: string;
  /** Whether an older page exists and fits. */
  readonly canLoad: boolean;
  readonly onRetry: () => void;
}

export function OlderPages({ room, start, canLoad, onRetry }: OlderPagesProps) {
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
        <Button kind="quiet" onClick={onRetry}>
          {strings.tryAgain}
        </Button>
      </p>
    );
  }
  return <p className={classes['line']}>{strings.conversation.loadingOlder}</p>;
}
