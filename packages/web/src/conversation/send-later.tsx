/** Beside the button that sends: a menu of times, and how many messages are scheduled here. */
import {
  type Attachment,
  ChatError,
  type MessageId,
  type RoomId,
  scheduleMessage,
} from '@parley/client';
import { useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { IconButton } from '../components/icon-button.tsx';
import { Link } from '../components/link.tsx';
import { Menu } from '../components/menu.tsx';
import { inOneHour, mondayMorning, tomorrowMorning } from '../offered-times.ts';
import { SCHEDULED_PATH } from '../route.ts';
import { askToSchedule } from '../scheduled/ask-to-schedule.ts';
import { useScheduled } from '../scheduled/use-scheduled.ts';
import { scheduledStrings as texts } from '../strings/scheduled.ts';
import classes from './composer.module.css';

interface SendLaterProps {
  readonly roomId: RoomId;
  /** Of the thread of the box, or of the message that it replies to. */
  readonly parentId: MessageId | undefined;
  readonly alsoToRoom?: boolean | undefined;
  readonly text: string;
  /** Uploaded. */
  readonly attachments: readonly Attachment[];
  readonly canSend: boolean;
  /** Called when the message is scheduled. */
  readonly onDone: () => void;
  readonly onProblem: (problem: string) => void;
}

const TIMES = [
  [texts.times.hour, inOneHour],
  [texts.times.tomorrow, tomorrowMorning],
  [texts.times.monday, mondayMorning],
] as const;

export default function SendLater(props: SendLaterProps) {
  const { roomId, parentId, alsoToRoom, text: content, attachments } = props;
  const { canSend, onDone, onProblem } = props;
  const message = { roomId, parentId, alsoToRoom, content, attachments };
  const { client } = useChat();
  const [isOpen, setIsOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const count = useScheduled()?.filter(({ room }) => room.id === roomId).length ?? 0;
  const schedule = async (sendAtMs: number): Promise<void> => {
    try {
      await scheduleMessage(client, { ...message, sendAtMs });
      onDone();
    } catch (error) {
      const { code, details } = ChatError.from(error);
      onProblem(texts.notScheduled(code, details));
    }
  };
  return (
    <>
      {count > 0 && (
        <Link
          to={SCHEDULED_PATH}
          className={classes['scheduled']}
          aria-label={texts.here(count)}
          title={texts.here(count)}
        >
          {count}
        </Link>
      )}
      <IconButton
        ref={opener}
        icon="clock"
        name={texts.choose}
        className={classes['later']}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-disabled={!canSend}
        onClick={() => setIsOpen(canSend && !isOpen)}
      />
      {isOpen && (
        <Menu
          name={texts.choose}
          opener={opener}
          onClose={() => setIsOpen(false)}
          items={[
            ...TIMES.map(([name, time]) => ({
              icon: 'clock' as const,
              name,
              onSelect: () => void schedule(time(Date.now())),
            })),
            {
              icon: 'edit',
              name: texts.times.own,
              onSelect: () => askToSchedule({ ...message, onDone }),
            },
          ]}
        />
      )}
    </>
  );
}
