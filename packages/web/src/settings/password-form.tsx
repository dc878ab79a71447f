/** Changes the password, and ends sessions on other devices. */

import { ChatError } from '@parley/client';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import classes from './settings-dialog.module.css';
import { settingsStrings } from './settings-strings.ts';

export function PasswordForm() {
  const { client } = useChat();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [result, setResult] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const change = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    try {
      await client.account.changePassword(current, next);
      setCurrent('');
      setNext('');
      setResult(settingsStrings.passwordChanged);
    } catch (error) {
      setResult(settingsStrings.passwordKept(ChatError.from(error).code));
    }
    setIsBusy(false);
  };
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault();
        void change();
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
        hint={strings.account.passwordHint}
        value={next}
        onChange={(event) => setNext(event.target.value)}
      />
      <div className={classes['row']}>
        <Button type="submit" aria-disabled={isBusy}>
          {settingsStrings.changePassword}
        </Button>
        <span role="status">{result}</span>
      </div>
    </form>
  );
}
