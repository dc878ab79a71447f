/** Shows the cause of an outage and the time of the next attempt; empty while connected. */
import { waitingCount } from '@parley/client';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { connectionStrings } from '../strings/connection.ts';
import { strings } from '../strings/strings.ts';
import classes from './connection-banner.module.css';
import type { ConnectionNotice } from './connection-notice.ts';
import { useConnectionNotice } from './use-connection-notice.ts';

export default function ConnectionBanner() {
  const notice = useConnectionNotice();
  // The region is always present, so that screen readers announce changes in it.
  return (
    <div className={classes['banner']} role="status" data-kind={notice.kind}>
      <BannerContent notice={notice} />
    </div>
  );
}

function BannerContent({ notice }: { readonly notice: ConnectionNotice }) {
  switch (notice.kind) {
    case 'none':
      return null;
    case 'outage':
      return <Outage notice={notice} />;
    case 'caught_up':
      return (
        <p>
          {notice.newMessages === 0
            ? connectionStrings.caughtUp
            : connectionStrings.caughtUpWith(notice.newMessages, notice.isAtLeast)}
        </p>
      );
    case 'incompatible':
      return (
        <>
          <p>{connectionStrings.incompatible}</p>
          <Button kind="plain" onClick={() => window.location.reload()}>
            {strings.reload}
          </Button>
        </>
      );
  }
}

function Outage({ notice }: { readonly notice: Extract<ConnectionNotice, { kind: 'outage' }> }) {
  const { client } = useChat();
  const waiting = waitingCount(useSnapshot((snapshot) => snapshot.outbox));
  const { cause, retrySeconds } = notice;
  return (
    <>
      <p>
        {connectionStrings.cause(cause)} {waiting > 0 && connectionStrings.waiting(waiting)}{' '}
        {/* A timer is not announced at every tick. */}
        <span role="timer" className={classes['timer']}>
          {retrySeconds === undefined
            ? connectionStrings.trying
            : connectionStrings.nextTry(retrySeconds)}
        </span>
      </p>
      <Button kind="plain" onClick={() => client.tryNow()}>
        {connectionStrings.tryNow}
      </Button>
    </>
  );
}
