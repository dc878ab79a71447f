/** People whom the user has blocked, with a button to unblock each. */

import { BlockApi, type UserPayload } from '@parley/client';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { applyBlockChange } from '../people/refresh-blocks.ts';
import { messageStrings } from '../strings/message.ts';
import { peopleStrings } from '../strings/people.ts';
import { settingsStrings } from '../strings/settings.ts';
import classes from './settings-dialog.module.css';
import { type EntrySource, useRemovableEntries } from './use-removable-entries.ts';

const BLOCKED: EntrySource<UserPayload> = {
  list: (client) => new BlockApi(client).list(),
  remove: (client, userId) => new BlockApi(client).unblock(userId),
  notRemoved: messageStrings.notDone,
};

export function BlockedPeople() {
  const chat = useChat();
  const { entries: blocked, problem, remove } = useRemovableEntries(BLOCKED);
  return (
    <>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {blocked?.length === 0 && <p className={classes['note']}>{settingsStrings.noneBlocked}</p>}
      {blocked !== undefined && blocked.length > 0 && (
        <ul className={classes['list']} aria-label={settingsStrings.blocked}>
          {blocked.map(({ id, username }) => (
            <li key={id} className={classes['row']}>
              <span className={classes['name']}>{username}</span>
              <Button
                kind="quiet"
                onClick={({ currentTarget }) =>
                  void remove(id, currentTarget).then(() => applyBlockChange(chat))
                }
              >
                {peopleStrings.unblock(username)}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
