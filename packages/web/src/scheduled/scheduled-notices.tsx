/** Shows scheduled messages that could not be sent, and the dialog for a time. */
import { cancelScheduled, type ScheduledMessage } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Link } from '../components/link.tsx';
import { useRoute } from '../hooks/use-route.ts';
import { SCHEDULED_PATH } from '../route.ts';
import classes from '../saved/saved-notices.module.css';
import { scheduledStrings as texts } from '../strings/scheduled.ts';
import { answerSchedules, type NewScheduled } from './ask-to-schedule.ts';
import { ScheduleDialog } from './schedule-dialog.tsx';
import { fileName } from './scheduled-file.tsx';
import { useScheduled } from './use-scheduled.ts';

/** More are in the list. */
const SHOWN_MAX = 2;
const TEXT_LENGTH_MAX = 200;

export default function ScheduledNotices() {
  const { client } = useChat();
  const [asked, setAsked] = useState<NewScheduled | ScheduledMessage>();
  useEffect(() => answerSchedules(setAsked), []);
  const scheduled = useScheduled();
  // The list itself says which ones failed.
  const isListed = useRoute().kind === 'scheduled';
  const failed = isListed ? [] : (scheduled ?? []).filter(({ failure }) => failure !== undefined);
  return (
    <>
      <div role="status">
        {failed.slice(0, SHOWN_MAX).map(({ id, content, attachments, room, failure }) => (
          <div key={id} className={classes['notice']}>
            <Link to={SCHEDULED_PATH} className={classes['link']}>
              <strong>{texts.notSent}</strong> <bdi>{room.name}</bdi>:{' '}
              <span dir="auto">
                {(content || attachments.map(fileName).join(', ')).slice(0, TEXT_LENGTH_MAX)}
              </span>{' '}
              {failure !== undefined && texts.reason(failure)}
            </Link>
            <Button
              kind="quiet"
              // It is still shown if this fails.
              onClick={() => void cancelScheduled(client, id).catch(() => {})}
            >
              {texts.discard}
            </Button>
          </div>
        ))}
      </div>
      {asked !== undefined && (
        <ScheduleDialog message={asked} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}
