/** Creates a poll; what is not sent is kept as a draft. Loaded on the first use. */
import {
  checkContentUpTo,
  type MessageId,
  POLL_LIMITS,
  type RoomId,
  toPollAttachment,
  toPollText,
} from '@parley/client';
import { type FormEvent, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { RadioChoice } from '../components/radio-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { useLengthMax } from '../hooks/use-length-max.ts';
import { pollStrings as texts } from '../strings/poll.ts';
import classes from './poll-dialog.module.css';

interface PollDialogProps {
  readonly roomId: RoomId;
  readonly parentId: MessageId | undefined;
  readonly alsoToRoom?: boolean | undefined;
  /** Called when the poll is sent. */
  readonly onDone?: (() => void) | undefined;
  readonly onClose: () => void;
}

const HOUR_MS = 60 * 60 * 1000;
const TIMES_MS = { never: undefined, hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS };
type Time = keyof typeof TIMES_MS;

interface PollDraft {
  readonly question: string;
  readonly options: readonly string[];
  readonly isMultiple: boolean;
  readonly ends: Time;
}

const EMPTY: PollDraft = { question: '', options: ['', ''], isMultiple: false, ends: 'never' };

export default function PollDialog(props: PollDialogProps) {
  const { roomId, parentId, alsoToRoom, onDone, onClose } = props;
  const { client, drafts } = useChat();
  const draftKey = `poll/${parentId ?? roomId}` as const;
  const [poll, setPoll] = useState(() => readPoll(drafts.read(draftKey)));
  const { question, options, isMultiple, ends } = poll;
  const change = (fields: Partial<PollDraft>): void => {
    const changed = { ...poll, ...fields };
    setPoll(changed);
    const isEmpty = [changed.question, ...changed.options].every((text) => text.trim() === '');
    drafts.write(draftKey, isEmpty ? '' : JSON.stringify(changed));
  };
  const lengthMax = useLengthMax();
  const written = options.map(lineOf).filter((option) => option !== '');
  // With the lines of the options: the server adds them for clients that send only the question.
  const content = toPollText(question.trim(), { options: written });
  const isReady =
    question.trim() !== '' &&
    checkContentUpTo(content, lengthMax).kind === 'ok' &&
    written.length >= POLL_LIMITS.optionsMin &&
    new Set(written).size === written.length;
  const submit = async (): Promise<void> => {
    const endsAfterMs = TIMES_MS[ends];
    // By the clock of the server, which closes it.
    const nowMs = Date.now() + client.getSnapshot().clockOffsetMs;
    const endsAtMs = endsAfterMs === undefined ? undefined : nowMs + endsAfterMs;
    const attachment = toPollAttachment({ options: written, isMultiple, endsAtMs });
    client.send(roomId, content, { replyTo: parentId, alsoToRoom, attachments: [attachment] });
    drafts.write(draftKey, '');
    onDone?.();
  };
  return (
    // Not of the form of the message box, in which the button is.
    <div className={classes['outside']} onSubmit={(event: FormEvent) => event.stopPropagation()}>
      <FormDialog
        title={texts.create}
        text={isReady ? texts.text : texts.tooFew}
        submit={texts.submit}
        isReady={isReady}
        onSubmit={submit}
        onClose={onClose}
      >
        <div className={classes['fields']}>
          <TextField
            label={texts.question}
            value={question}
            autoFocus={true}
            onChange={({ target }) => change({ question: target.value })}
          />
          {options.map((option, index) => (
            <TextField
              // biome-ignore lint/suspicious/noArrayIndexKey: options are numbered.
              key={index}
              label={texts.option(index + 1)}
              value={option}
              maxLength={POLL_LIMITS.optionLengthMax}
              onChange={({ target }) => change({ options: options.with(index, target.value) })}
            />
          ))}
          {options.length < POLL_LIMITS.optionsMax && (
            <Button kind="quiet" onClick={() => change({ options: [...options, ''] })}>
              {texts.addOption}
            </Button>
          )}
          <label className={classes['check']}>
            <input
              type="checkbox"
              checked={isMultiple}
              onChange={({ target }) => change({ isMultiple: target.checked })}
            />
            {texts.multiple}
          </label>
          <RadioChoice<Time>
            title={texts.ends}
            names={texts.times}
            values={['never', 'hour', 'day', 'week']}
            current={ends}
            onChoose={(time) => change({ ends: time })}
          />
        </div>
      </FormDialog>
    </div>
  );
}

function readPoll(text: string): PollDraft {
  // Only this file writes it.
  return text === '' ? EMPTY : (JSON.parse(text) as PollDraft);
}

/** As the server keeps an option. */
function lineOf(option: string): string {
  return option.normalize('NFC').trim();
}
