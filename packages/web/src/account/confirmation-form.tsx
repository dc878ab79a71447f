/** For an account that is closed until its e-mail address is confirmed: the mail again, or to another address. */
import { type ChatClient, ChatError, requestConfirmation } from '@parley/client';
import { type FormEvent, useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { requiredStrings } from '../strings/required-sign-in.ts';

const texts = requiredStrings.email;

interface ConfirmationFormProps {
  readonly client: ChatClient;
  readonly onRetry: () => void;
}

export function ConfirmationForm({ client, onRetry }: ConfirmationFormProps) {
  const [written, setWritten] = useState('');
  const [problem, setProblem] = useState<string>();
  const [note, setNote] = useState('');
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    setNote('');
    try {
      await requestConfirmation(client, written.trim() || undefined);
      setNote(texts.sent);
    } catch (error) {
      const failure = ChatError.from(error);
      // It was confirmed elsewhere.
      if (failure.code === 'NOT_FOUND') onRetry();
      else setProblem(texts.problem(failure));
    }
  };
  return (
    <form style={{ display: 'grid', gap: 8 }} noValidate onSubmit={(event) => void send(event)}>
      <Button kind="primary" onClick={onRetry}>
        {texts.next}
      </Button>
      <TextField
        label={texts.another}
        hint={texts.anotherHint}
        type="email"
        autoComplete="email"
        value={written}
        problem={problem}
        onChange={({ target }) => setWritten(target.value)}
      />
      <Button type="submit">{texts.again}</Button>
      <p role="status">{note}</p>
    </form>
  );
}
