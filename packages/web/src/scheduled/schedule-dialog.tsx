/** Asks for the time of a message, and for the text and files of a message that is scheduled already. */
import {
  changeScheduled,
  checkContentUpTo,
  type ScheduledMessage,
  scheduleMessage,
} from '@parley/client';
import { useId, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { GrowingTextarea } from '../components/growing-textarea.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { TextField } from '../components/text-field.tsx';
import { useLengthMax } from '../hooks/use-length-max.ts';
import { localTime, tomorrowMorning } from '../offered-times.ts';
import { scheduledStrings as texts } from '../strings/scheduled.ts';
import type { NewScheduled } from './ask-to-schedule.ts';
import classes from './schedule-dialog.module.css';
import { fileName, ScheduledFile } from './scheduled-file.tsx';

interface ScheduleDialogProps {
  readonly message: NewScheduled | ScheduledMessage;
  readonly onClose: () => void;
}

export function ScheduleDialog({ message, onClose }: ScheduleDialogProps) {
  const { client } = useChat();
  const isNew = 'onDone' in message;
  const nowMs = Date.now();
  const [content, setContent] = useState(message.content);
  const [attachments, setAttachments] = useState(message.attachments);
  const [time, setTime] = useState(() =>
    localTime(!isNew && message.sendAtMs > nowMs ? message.sendAtMs : tomorrowMorning(nowMs)),
  );
  const lengthMax = useLengthMax();
  const textId = useId();
  const sendAtMs = new Date(time).getTime();
  const { kind } = checkContentUpTo(content, lengthMax);
  const isReady = kind === 'ok' || (kind === 'empty' && attachments.length > 0);
  const submit = async (): Promise<void> => {
    if (isNew) {
      const { onDone, ...wanted } = message;
      await scheduleMessage(client, { ...wanted, sendAtMs });
      onDone();
      return;
    }
    const files = attachments === message.attachments ? {} : { attachments };
    await changeScheduled(client, message.id, { content, ...files, sendAtMs });
  };
  return (
    <FormDialog
      title={isNew ? texts.later : texts.change}
      text={isNew ? texts.laterText : texts.changeText}
      submit={isNew ? texts.schedule : texts.save}
      isReady={sendAtMs > nowMs && isReady}
      problemOf={texts.notScheduled}
      onSubmit={submit}
      onClose={onClose}
    >
      {!isNew && (
        <div className={classes['box']}>
          <label htmlFor={textId}>{texts.text}</label>
          <GrowingTextarea
            id={textId}
            className={classes['text']}
            value={content}
            onChange={({ target }) => setContent(target.value)}
          />
        </div>
      )}
      {!isNew && attachments.length > 0 && (
        <ul className={classes['files']} aria-label={texts.files}>
          {attachments.map((attachment) => (
            <li key={JSON.stringify(attachment)}>
              <ScheduledFile attachment={attachment}>
                <IconButton
                  icon="close"
                  name={texts.remove(fileName(attachment))}
                  onClick={() => setAttachments((all) => all.filter((each) => each !== attachment))}
                />
              </ScheduledFile>
            </li>
          ))}
        </ul>
      )}
      <TextField
        label={texts.time}
        type="datetime-local"
        value={time}
        onChange={({ target }) => setTime(target.value)}
      />
    </FormDialog>
  );
}
