/** People whom the user has blocked, with a button to unblock each. */

import type { UserPayload } from '@parley/client';
import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { focusTitle } from '../hooks/focus.ts';
import { peopleStrings } from '../people/people-strings.ts';
import { strings } from '../strings.ts';
import classes from './settings-dialog.module.css';
import { settingsStrings } from './settings-strings.ts';

export function BlockedPeople() {
  const { client } = useChat();
  const [blocked, setBlocked] = useState<readonly UserPayload[] | 'failed'>();
  useEffect(() => {
    let isCurrent = true;
    client.blocks
      .list()
      .then((users) => isCurrent && setBlocked(users))
      .catch(() => isCurrent && setBlocked('failed'));
    return () => {
      isCurrent = false;
    };
  }, [client]);
  if (blocked === undefined) return null;
  if (blocked === 'failed') {
    return <p className={classes['problem']}>{strings.error('UNAVAILABLE')}</p>;
  }
  if (blocked.length === 0) return <p className={classes['note']}>{settingsStrings.noneBlocked}</p>;
  const unblock = async ({ id }: UserPayload, button: Element): Promise<void> => {
    try {
      await client.blocks.unblock(id);
      focusTitle(button);
      setBlocked(blocked.filter((each) => each.id !== id));
    } catch {
      setBlocked('failed');
    }
  };
  return (
    <ul className={classes['list']} aria-label={settingsStrings.blocked}>
      {blocked.map((user) => (
        <li key={user.id} className={classes['row']}>
          <span className={classes['name']}>{user.username}</span>
          <Button kind="quiet" onClick={({ currentTarget }) => void unblock(user, currentTarget)}>
            {peopleStrings.unblock(user.username)}
          </Button>
        </li>
      ))}
    </ul>
  );
}
