/** Login sessions of the user, with a button to end each of the others. */

import { deviceName, type UserSession } from '@parley/client';
import type { MouseEvent } from 'react';
import { Button } from '../components/button.tsx';
import { absoluteTime } from '../format-time.ts';
import { settingsStrings } from '../strings/settings.ts';
import classes from './settings-dialog.module.css';
import { type EntrySource, useRemovableEntries } from './use-removable-entries.ts';

const texts = settingsStrings.sessions;

const SESSIONS: EntrySource<UserSession> = {
  list: ({ account }) => account.listSessions(),
  remove: ({ account }, id) => account.endSession(id),
  notRemoved: texts.notEnded,
};

export function SessionList() {
  const { entries: sessions, problem, remove } = useRemovableEntries(SESSIONS);
  return (
    <>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {sessions?.length === 0 && <p className={classes['note']}>{texts.managedElsewhere}</p>}
      {sessions !== undefined && sessions.length > 0 && (
        <ul className={classes['list']} aria-label={texts.title}>
          {sessions.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              onEnd={({ currentTarget }) => void remove(session.id, currentTarget)}
            />
          ))}
        </ul>
      )}
    </>
  );
}

interface SessionRowProps {
  readonly session: UserSession;
  readonly onEnd: (event: MouseEvent) => void;
}

function SessionRow(props: SessionRowProps) {
  const { userAgent, address, createdAt, lastSeenAt, current } = props.session;
  const device = deviceName(userAgent) || texts.unknownDevice;
  const loggedIn = absoluteTime(Date.parse(createdAt));
  return (
    <li className={classes['row']}>
      <span className={classes['name']}>
        <span title={userAgent}>{device}</span>
        <br />
        <small className={classes['note']}>
          {address !== '' && `${texts.from(address)} · `}
          {texts.since(loggedIn)}
          {' · '}
          {current ? texts.current : texts.lastSeen(absoluteTime(Date.parse(lastSeenAt)))}
        </small>
      </span>
      {!current && (
        <Button kind="quiet" aria-label={texts.endOf(device, loggedIn)} onClick={props.onEnd}>
          {texts.end}
        </Button>
      )}
    </li>
  );
}
