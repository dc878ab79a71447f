/** Shows the sign-ins and changes by other devices until the user has dismissed them. */
import {
  type AccountNotice,
  ChatError,
  dismissAccountNotice,
  listAccountNotices,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { recentTime } from '../format-time.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';
import { accountNoticeStrings as texts } from '../strings/account-notices.ts';
import classes from './account-notices.module.css';

/** The others follow when these are dismissed. */
const SHOWN_MAX = 3;

export default function AccountNotices() {
  const { client } = useChat();
  const [notices, setNotices] = useState<readonly AccountNotice[]>([]);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let isCurrent = true;
    const load = (): void => {
      listAccountNotices(client)
        .then((listed) => isCurrent && setNotices(listed))
        // Tried again with the next connection.
        .catch(() => {});
    };
    const ends = [atEachConnection(client, load), client.onNotice('account_notice', load)];
    return () => {
      isCurrent = false;
      for (const end of ends) end();
    };
  }, [client]);
  const dismiss = async (group: readonly AccountNotice[]): Promise<void> => {
    setNotices((before) => before.filter((each) => !group.includes(each)));
    // If it fails, the notice is shown again with the next connection.
    for (const { id } of group) await dismissAccountNotice(client, id).catch(() => {});
  };
  const endSessions = async (group: readonly AccountNotice[]): Promise<void> => {
    setProblem('');
    try {
      for (const { sessionId } of group) {
        if (sessionId !== undefined) await end(sessionId);
      }
    } catch (error) {
      if (error instanceof ChatError) setProblem(texts.notEnded(error.code));
      return;
    }
    await dismiss(group);
  };
  const end = async (sessionId: string): Promise<void> => {
    try {
      await client.account.endSession(sessionId);
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof ChatError && error.code === 'NOT_FOUND')) throw error;
    }
  };
  const groups = groupsOf(notices);
  const rest = groups.length - SHOWN_MAX;
  return (
    <section role="alert" aria-label={texts.title}>
      {groups.slice(0, SHOWN_MAX).map((group) => (
        <Notice
          key={group[0]?.id}
          group={group}
          onEnd={() => void endSessions(group)}
          onDismiss={() => void dismiss(group)}
        />
      ))}
      {problem !== '' && <p className={classes['notice']}>{problem}</p>}
      {rest > 0 && <p className={classes['notice']}>{texts.more(rest)}</p>}
    </section>
  );
}

interface NoticeProps {
  readonly group: readonly AccountNotice[];
  readonly onEnd: () => void;
  readonly onDismiss: () => void;
}

function Notice({ group, onEnd, onDismiss }: NoticeProps) {
  const latest = group.at(-1);
  if (latest === undefined) return undefined;
  const { kind, device, address, at } = latest;
  const times = group.length > 1 ? texts.times(group.length) : '';
  const time = recentTime(Date.parse(at), Date.now());
  return (
    <div className={classes['notice']}>
      <span className={classes['text']}>
        <strong dir="auto">{texts.happened(kind, [device, address, time, times])}</strong>{' '}
        {texts.wasItYou}
      </span>
      {group.some(({ sessionId }) => sessionId !== undefined) && (
        <Button kind="danger" onClick={onEnd}>
          {texts.endSession}
        </Button>
      )}
      <Button onClick={onDismiss}>{texts.dismiss}</Button>
    </div>
  );
}

/** A device that did the same several times has one notice. The latest come first. */
function groupsOf(notices: readonly AccountNotice[]): readonly (readonly AccountNotice[])[] {
  const groups = new Map<string, AccountNotice[]>();
  for (const notice of notices.toReversed()) {
    const { kind, device, address } = notice;
    const key = JSON.stringify([kind, device, address]);
    const group = groups.get(key) ?? [];
    group.unshift(notice);
    groups.set(key, group);
  }
  return [...groups.values()];
}
