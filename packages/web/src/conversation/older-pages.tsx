/** Line above the first message: the start of the room, a page that is loading, or an error. */
import type { OlderMessages } from '@parley/client/react';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Button } from '../components/button.tsx';
import { listStrings } from '../strings/list.ts';
import { strings } from '../strings/strings.ts';
import classes from './older-pages.module.css';

interface OlderPagesProps {
  /** Name of the room. */
  readonly name: string;
  /** Text for the start of the conversation. */
  readonly start: string;
  readonly older: OlderMessages;
  readonly onRetry: () => void;
}

export default function OlderPages({ name, start, older, onRetry }: OlderPagesProps) {
  const { olderBound, olderFailed, loadingOlder } = listStrings;
  return (
    <p className={classes['line']}>
      {older === 'start' && <BidiIsolate text={start} names={[name]} />}
      {older === 'bounded' && olderBound}
      {older === 'loading' && loadingOlder}
      {older === 'failed' && (
        <>
          {olderFailed}
          <Button kind="quiet" onClick={onRetry}>
            {strings.tryAgain}
          </Button>
        </>
      )}
    </p>
  );
}
