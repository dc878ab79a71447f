/** The name that other users see besides the username. */

import { ChatError, LIMITS } from '@parley/client';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { useShownName } from '../people/use-shown-name.ts';
import classes from './settings-dialog.module.css';
import { settingsStrings } from './settings-strings.ts';

export function NameForm() {
  const { client, user } = useChat();
  const shown = useShownName(user.id, user.username);
  const [written, setWritten] = useState<string>();
  const [result, setResult] = useState<string>();
  const save = async (): Promise<void> => {
    try {
      await client.setDisplayName(written ?? shown);
      setWritten(undefined);
      setResult(settingsStrings.saved);
    } catch (error) {
      setResult(settingsStrings.nameRefused(ChatError.from(error).code));
    }
  };
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        label={settingsStrings.displayName}
        value={written ?? (shown === user.username ? '' : shown)}
        placeholder={user.username}
        maxLength={LIMITS.displayNameLengthMax}
        autoComplete="name"
        onChange={(event) => setWritten(event.target.value)}
      />
      <div className={classes['row']}>
        <Button type="submit">{settingsStrings.saveName}</Button>
        <span role="status">{result}</span>
      </div>
    </form>
  );
}
