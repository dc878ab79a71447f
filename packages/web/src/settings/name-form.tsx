/** The name that other users see besides the username. */
import { LIMITS } from '@parley/client';
import { useState } from 'react';
import { TextField } from '../components/text-field.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { SavedForm } from './saved-form.tsx';
import { settingsStrings } from './settings-strings.ts';

export function NameForm() {
  const { client, user } = useChat();
  const shown = useShownName(user.id, user.username);
  const [written, setWritten] = useState<string>();
  return (
    <SavedForm
      submit={settingsStrings.saveName}
      problemOf={settingsStrings.nameRefused}
      onSubmit={async () => {
        await client.setDisplayName(written ?? shown);
        setWritten(undefined);
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
    </SavedForm>
  );
}
