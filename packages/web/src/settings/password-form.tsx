/** Changes the password, and ends sessions on other devices. */
import { useState } from 'react';
import { signInStrings } from '../account/sign-in-strings.ts';
import { TextField } from '../components/text-field.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { SavedForm } from './saved-form.tsx';
import { settingsStrings } from './settings-strings.ts';

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
