/** Saves a message for later, with or without a reminder. */
import { type MessageId, saveMessage } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { RadioChoice } from '../components/radio-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { CHANGE, SAVED_CHANGES } from '../conversation/ask-to-save.ts';
import { inOneHour, localTime, tomorrowMorning } from '../offered-times.ts';
import { savedStrings as texts } from '../strings/saved.ts';

interface SaveDialogProps {
  readonly messageId: MessageId;
  readonly onClose: () => void;
}

type Choice = keyof typeof texts.choices;

const CHOICES: readonly Choice[] = ['none', 'hour', 'tomorrow', 'own'];

export function SaveDialog({ messageId, onClose }: SaveDialogProps) {
  const { client } = useChat();
  const [choice, setChoice] = useState<Choice>('none');
  const [written, setWritten] = useState(() => localTime(tomorrowMorning(Date.now())));
  const submit = async (): Promise<void> => {
    await saveMessage(client, messageId, timeOf(choice, written));
    SAVED_CHANGES.dispatchEvent(new Event(CHANGE));
  };
  return (
    <FormDialog
      title={texts.save}
      text={texts.saveText}
      submit={texts.submit}
      isReady={choice !== 'own' || new Date(written).getTime() > Date.now()}
      problemOf={texts.notSaved}
      onSubmit={submit}
      onClose={onClose}
    >
      <RadioChoice
        title={texts.remind}
        names={texts.choices}
        values={CHOICES}
        current={choice}
        onChoose={setChoice}
      />
      {choice === 'own' && (
        <TextField
          label={texts.time}
          type="datetime-local"
          value={written}
          onChange={({ target }) => setWritten(target.value)}
        />
      )}
    </FormDialog>
  );
}

function timeOf(choice: Choice, written: string): number | undefined {
  switch (choice) {
    case 'none':
      return undefined;
    case 'hour':
      return inOneHour(Date.now());
    case 'tomorrow':
      return tomorrowMorning(Date.now());
    case 'own':
      return new Date(written).getTime();
  }
}
