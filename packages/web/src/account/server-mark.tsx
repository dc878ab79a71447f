/** The logo of the server on pages without the chat. */
import { type Account, readServerProfile } from '@parley/client';
import { useEffect } from 'react';
import { showServer, useServer } from '../server-profile.ts';
import classes from './sign-in-page.module.css';

interface ServerMarkProps {
  /** Asks the server; without it, the page does. */
  readonly account?: Pick<Account, 'http'>;
}

export function ServerMark({ account }: ServerMarkProps) {
  const { mark } = useServer();
  useEffect(() => {
    // The page is of use without it.
    if (account !== undefined) readServerProfile(account).then(showServer, () => {});
  }, [account]);
  return <img className={classes['mark']} src={mark} alt="" width="40" height="40" />;
}
