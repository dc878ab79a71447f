/** A list that is loading or could not be loaded; nothing once it is there. */
import { strings } from '../strings/strings.ts';
import { Button } from './button.tsx';
import classes from './load-status.module.css';
import { Skeleton } from './skeleton.tsx';

interface LoadStatusProps {
  readonly status: 'loading' | 'ready' | 'failed';
  /** Nothing is shown yet. */
  readonly isEmpty: boolean;
  readonly texts: { readonly loading: string; readonly failed: string };
  readonly onRetry: () => void;
}

export function LoadStatus({ status, isEmpty, texts, onRetry }: LoadStatusProps) {
  if (status === 'loading' && isEmpty) return <Skeleton name={texts.loading} shape="messages" />;
  if (status !== 'failed') return null;
  return (
    <p className={classes['note']} role="alert">
      {texts.failed}
      <Button kind="quiet" onClick={onRetry}>
        {strings.tryAgain}
      </Button>
    </p>
  );
}
