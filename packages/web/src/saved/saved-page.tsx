/** The messages that the user has saved for later. Loaded on the first use. */
import {
  ChatError,
  listSavedMessages,
  type SavedMessage,
  type SavedMessagesPage,
  unsaveMessage,
} from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { askToSave, CHANGE, SAVED_CHANGES } from '../conversation/ask-to-save.ts';
import { shownText } from '../files/shown-text.ts';
import { absoluteTime, recentTime } from '../format-time.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';
import { useNow } from '../hooks/use-now.ts';
import { PlainText } from '../people/mentions.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { messagePath } from '../route.ts';
import { savedStrings as texts } from '../strings/saved.ts';
import { strings } from '../strings/strings.ts';
import classes from './saved-page.module.css';

/** Refresh interval of relative times. */
const CLOCK_MS = 60_000;
const TEXT_LENGTH_MAX = 400;

export default function SavedPage() {
  const { client } = useChat();
  const [page, setPage] = useState<SavedMessagesPage>();
  const [problem, setProblem] = useState<string>();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  useEffect(() => {
    let isCurrent = true;
    const load = (): void => {
      listSavedMessages(client).then(
        (loaded) => {
          if (!isCurrent) return;
          setProblem(undefined);
          setPage(loaded);
        },
        (error: unknown) => isCurrent && setProblem(strings.error(ChatError.from(error).code)),
      );
    };
    const end = atEachConnection(client, load);
    SAVED_CHANGES.addEventListener(CHANGE, load);
    return () => {
      isCurrent = false;
      end();
      SAVED_CHANGES.removeEventListener(CHANGE, load);
    };
  }, [client]);

  const loadMore = async (): Promise<void> => {
    const more = await listSavedMessages(client, { after: page?.next });
    setPage((before) => ({ ...more, saved: [...(before?.saved ?? []), ...more.saved] }));
  };
  const fail = (error: unknown): void => setProblem(strings.error(ChatError.from(error).code));
  const remove = async ({ message: { id } }: SavedMessage): Promise<void> => {
    await unsaveMessage(client, id);
    title.current?.focus();
    setPage(
      (before) =>
        before && { ...before, saved: before.saved.filter((each) => each.message.id !== id) },
    );
  };
  const saved = page?.saved ?? [];
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1 ref={title} tabIndex={-1}>
          {strings.saved.title}
        </h1>
      </ColumnHeader>
      {problem !== undefined && (
        <p className={classes['note']} role="alert">
          {problem}
        </p>
      )}
      {page === undefined && problem === undefined && (
        <Skeleton name={texts.loading} shape="messages" />
      )}
      {page !== undefined && saved.length === 0 && page.next === undefined && (
        <EmptyState title={strings.saved.title} text={texts.none} />
      )}
      {saved.length > 0 && (
        <ul className={classes['list']} aria-label={strings.saved.title}>
          {saved.map((each) => (
            <Row key={each.message.id} saved={each} onDone={() => void remove(each).catch(fail)} />
          ))}
        </ul>
      )}
      {page?.next !== undefined && (
        <p className={classes['note']}>
          <Button onClick={() => void loadMore().catch(fail)}>{texts.more}</Button>
        </p>
      )}
    </>
  );
}

interface RowProps {
  readonly saved: SavedMessage;
  readonly onDone: () => void;
}

function Row({ saved, onDone }: RowProps) {
  const { message, room, remindAtMs, remindedAtMs } = saved;
  const { userId, sender, sentAtMs } = message;
  const nowMs = useNow(CLOCK_MS);
  const name = useShownName(userId, sender);
  const reminderMs = remindAtMs ?? remindedAtMs;
  return (
    <li className={classes['row']}>
      <Link to={messagePath(room.id, message.sequence)} className={classes['link']}>
        <span className={classes['head']}>
          <bdi className={classes['name']}>{name}</bdi> <bdi>{room.name}</bdi>{' '}
          <time dateTime={new Date(sentAtMs).toISOString()} title={absoluteTime(sentAtMs)}>
            {recentTime(sentAtMs, nowMs)}
          </time>
        </span>
        <span className={classes['text']} dir="auto">
          <PlainText text={shownText(message).slice(0, TEXT_LENGTH_MAX)} />
        </span>
        {reminderMs !== undefined && (
          <span className={classes['reminder']} data-past={remindAtMs === undefined}>
            <Icon name="clock" />
            {(remindAtMs === undefined ? texts.reminded : texts.remindAt)(
              recentTime(reminderMs, nowMs),
            )}
          </span>
        )}
      </Link>
      <IconButton icon="clock" name={texts.change(name)} onClick={() => askToSave(message.id)} />
      <IconButton icon="check" name={texts.done(name)} onClick={onDone} />
    </li>
  );
}
