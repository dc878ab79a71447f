/** The name that other users see besides the username. */
import { LIMITS } from '@parley/client';
import { useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { TextField } from '../components/text-field.tsx';
import { settingsStrings } from '../strings/settings.ts';
import { SavedForm } from './saved-form.tsx';

export function NameForm() {
  const { client, user } = useChat();
  const own = useSnapshot(({ presence }) => presence.get(user.id));
  const shown = own?.displayName ?? user.displayName ?? '';
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
        value={written ?? shown}
        placeholder={user.username}
        maxLength={LIMITS.displayNameLengthMax}
        autoComplete="name"
        onChange={(event) => setWritten(event.target.value)}
      />
    </SavedForm>
  );
}
