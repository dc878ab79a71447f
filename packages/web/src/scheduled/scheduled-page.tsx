/** The messages that the user has scheduled. Loaded on the first use. */
import { ChatError, cancelScheduled, changeScheduled, type ScheduledMessage } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { absoluteTime } from '../format-time.ts';
import { roomPath } from '../route.ts';
import classes from '../saved/saved-page.module.css';
import { scheduledStrings as texts } from '../strings/scheduled.ts';
import { askToSchedule } from './ask-to-schedule.ts';
import { ScheduledFile } from './scheduled-file.tsx';
import { useScheduled } from './use-scheduled.ts';

export default function ScheduledPage() {
  const { client } = useChat();
  const scheduled = useScheduled();
  const [problem, setProblem] = useState<string>();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const act = (action: Promise<void>): void => {
    setProblem(undefined);
    action.then(
      // The row goes, and the focus with it.
      () => title.current?.focus(),
      (error: unknown) => {
        const { code, details } = ChatError.from(error);
        setProblem(texts.notScheduled(code, details));
      },
    );
  };
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1 ref={title} tabIndex={-1}>
          {texts.title}
        </h1>
      </ColumnHeader>
      {problem !== undefined && (
        <p className={classes['note']} role="alert">
          {problem}
        </p>
      )}
      {scheduled === undefined && <Skeleton name={texts.loading} shape="messages" />}
      {scheduled?.length === 0 && <EmptyState title={texts.title} text={texts.none} />}
      {scheduled !== undefined && scheduled.length > 0 && (
        <ul className={classes['list']} aria-label={texts.title}>
          {scheduled.map((each) => (
            <Row
              key={each.id}
              scheduled={each}
              onSend={() => act(changeScheduled(client, each.id, { sendAtMs: Date.now() }))}
              onCancel={() => act(cancelScheduled(client, each.id))}
            />
          ))}
        </ul>
      )}
    </>
  );
}

interface RowProps {
  readonly scheduled: ScheduledMessage;
  readonly onSend: () => void;
  readonly onCancel: () => void;
}

function Row({ scheduled, onSend, onCancel }: RowProps) {
  const { room, content, attachments, sendAtMs, failure } = scheduled;
  const name = room.name || texts.unknown;
  return (
    <li className={classes['row']}>
      <Link to={roomPath(room.id)} className={classes['link']}>
        <span className={classes['head']}>
          <bdi className={classes['name']}>{name}</bdi>{' '}
          <time dateTime={new Date(sendAtMs).toISOString()}>{absoluteTime(sendAtMs)}</time>
        </span>
        <span className={classes['text']} dir="auto">
          {content}
        </span>
        {attachments.map((attachment) => (
          <ScheduledFile key={JSON.stringify(attachment)} attachment={attachment} />
        ))}
        {failure !== undefined && (
          <span className={classes['reminder']} data-past={true}>
            <Icon name="clock" />
            {texts.notSent} {texts.reason(failure)}
          </span>
        )}
      </Link>
      <IconButton
        icon="edit"
        name={texts.changeIn(name)}
        onClick={() => askToSchedule(scheduled)}
      />
      <IconButton icon="send" name={texts.sendIn(name)} onClick={onSend} />
      <IconButton icon="trash" name={texts.cancelIn(name)} onClick={onCancel} />
    </li>
  );
}
