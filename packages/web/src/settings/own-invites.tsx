/**
 * Links of the user that still let people in, with a button to revoke each. They outlive the sessions and
 * the password with which they were made.
 */
import { type Invite, listInvites, revokeInvite } from '@parley/client';
import { Button } from '../components/button.tsx';
import { absoluteTime } from '../format-time.ts';
import { ownInviteStrings as texts } from '../strings/own-invites.ts';
import classes from './settings-dialog.module.css';
import { type EntrySource, useRemovableEntries } from './use-removable-entries.ts';

/** The latest 100. */
const INVITES: EntrySource<Invite> = {
  list: async (client) => (await listInvites(client)).invites,
  remove: revokeInvite,
  notRemoved: texts.notRevoked,
};

export function OwnInvites() {
  const { entries: invites, problem, remove } = useRemovableEntries(INVITES);
  return (
    <>
      <p className={classes['note']}>{invites?.length === 0 ? texts.none : texts.text}</p>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {invites !== undefined && invites.length > 0 && (
        <ul className={classes['list']} aria-label={texts.title}>
          {invites.map(({ id, email, createdAt, expiresAt, useCount, roomIds }) => {
            const made = absoluteTime(Date.parse(createdAt));
            return (
              <li key={id} className={classes['row']}>
                <span className={classes['name']}>
                  {texts.made(made, email)}
                  <br />
                  <small className={classes['note']}>
                    {texts.about(roomIds.length, useCount, absoluteTime(Date.parse(expiresAt)))}
                  </small>
                </span>
                <Button
                  kind="quiet"
                  aria-label={texts.revokeOf(made)}
                  onClick={({ currentTarget }) => void remove(id, currentTarget)}
                >
                  {texts.revoke}
                </Button>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}
