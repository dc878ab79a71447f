/** People whom the user has blocked, with a button to unblock each. */

import { ChatError, type UserPayload } from '@parley/client';
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
  const [blocked, setBlocked] = useState<readonly UserPayload[]>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    client.blocks
      .list()
      .then((users) => isCurrent && setBlocked(users))
      .catch((error) => isCurrent && setProblem(strings.error(ChatError.from(error).code)));
    return () => {
      isCurrent = false;
    };
  }, [client]);
  const unblock = async ({ id }: UserPayload, button: Element): Promise<void> => {
    setProblem(undefined);
    try {
      await client.blocks.unblock(id);
    } catch (error) {
      const { code } = ChatError.from(error);
      // The user is not blocked any more, which is the wanted result.
      if (code !== 'NOT_FOUND') return setProblem(strings.message.notDone(code));
    }
    focusTitle(button);
    setBlocked((listed) => listed?.filter((each) => each.id !== id));
  };
  return (
    <>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {blocked?.length === 0 && <p className={classes['note']}>{settingsStrings.noneBlocked}</p>}
      {blocked !== undefined && blocked.length > 0 && (
        <ul className={classes['list']} aria-label={settingsStrings.blocked}>
          {blocked.map((user) => (
            <li key={user.id} className={classes['row']}>
              <span className={classes['name']}>{user.username}</span>
              <Button
                kind="quiet"
                onClick={({ currentTarget }) => void unblock(user, currentTarget)}
              >
                {peopleStrings.unblock(user.username)}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
