/** Changes the password, and ends sessions on other devices. */
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { TextField } from '../components/text-field.tsx';
import { settingsStrings } from '../strings/settings.ts';
import { signInStrings } from '../strings/sign-in.ts';
import { SavedForm } from './saved-form.tsx';

export function PasswordForm() {
  const { client } = useChat();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  return (
    <SavedForm
      submit={settingsStrings.changePassword}
      saved={settingsStrings.passwordChanged}
      problemOf={settingsStrings.passwordKept}
      onSubmit={async () => {
        await client.changePassword(current, next);
        setCurrent('');
        setNext('');
      }}
    >
      <TextField
        label={settingsStrings.currentPassword}
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <TextField
        label={settingsStrings.newPassword}
        type="password"
        autoComplete="new-password"
        hint={signInStrings.passwordHint}
        value={next}
        onChange={(event) => setNext(event.target.value)}
      />
    </SavedForm>
  );
}
