/** Login sessions of the user, with a button to end each of the others. */

import { ChatError, type UserSession } from '@parley/client';
import { type MouseEvent, useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { absoluteTime } from '../format-time.ts';
import { useChat } from '../hooks/chat-context.ts';
import { focusTitle } from '../hooks/focus.ts';
import { strings } from '../strings.ts';
import { deviceName } from './device-name.ts';
import classes from './settings-dialog.module.css';
import { settingsStrings } from './settings-strings.ts';

const texts = settingsStrings.sessions;

export function SessionList() {
  const { client } = useChat();
  const [sessions, setSessions] = useState<readonly UserSession[]>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    client.account
      .listSessions()
      .then((listed) => isCurrent && setSessions(listed))
      .catch((error) => isCurrent && setProblem(strings.error(ChatError.from(error).code)));
    return () => {
      isCurrent = false;
    };
  }, [client]);
  const end = async (id: string, button: Element): Promise<void> => {
    setProblem(undefined);
    try {
      await client.account.endSession(id);
    } catch (error) {
      const { code } = ChatError.from(error);
      // It had already ended, which is the wanted result.
      if (code !== 'NOT_FOUND') return setProblem(texts.notEnded(code));
    }
    focusTitle(button);
    setSessions((listed) => listed?.filter((each) => each.id !== id));
  };
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
              onEnd={({ currentTarget }) => void end(session.id, currentTarget)}
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
  const { userAgent, createdAt, lastSeenAt, current } = props.session;
  const device = deviceName(userAgent) || texts.unknownDevice;
  const loggedIn = absoluteTime(Date.parse(createdAt));
  return (
    <li className={classes['row']}>
      <span className={classes['name']}>
        <span title={userAgent}>{device}</span>
        <br />
        <small className={classes['note']}>
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
