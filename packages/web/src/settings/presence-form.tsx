/** The user's presence and the text beside it. */
import type { PresenceStatus } from '@parley/client';
import { useState } from 'react';
import { TextField } from '../components/text-field.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import { RadioChoice } from './radio-choice.tsx';
import { SavedForm } from './saved-form.tsx';
import { settingsStrings } from './settings-strings.ts';

type OwnStatus = Exclude<PresenceStatus, 'offline'>;
const STATUSES: readonly OwnStatus[] = ['online', 'away', 'busy'];
const TEXT_LENGTH_MAX = 100;

export function PresenceForm() {
  const { client, user } = useChat();
  const own = useSnapshot(({ presence }) => presence.get(user.id));
  const known = own?.status === 'away' || own?.status === 'busy' ? own.status : 'online';
  const [status, setStatus] = useState<OwnStatus>(known);
  const [text, setText] = useState(own?.statusText ?? '');
  return (
    <SavedForm
      submit={settingsStrings.saveStatus}
      onSubmit={() => client.setPresence(status, text.trim())}
    >
      <TextField
        label={settingsStrings.statusText}
        value={text}
        maxLength={TEXT_LENGTH_MAX}
        onChange={(event) => setText(event.target.value)}
      />
      <RadioChoice
        title={settingsStrings.presence}
        names={strings.members.status}
        values={STATUSES}
        current={status}
        onChoose={setStatus}
      />
    </SavedForm>
  );
}
