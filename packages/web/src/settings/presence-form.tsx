/** The user's presence, the text beside it, and when both end. */
import type { PresenceStatus } from '@parley/client';
import { useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { RadioChoice } from '../components/radio-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { settingsStrings } from '../strings/settings.ts';
import { strings } from '../strings/strings.ts';
import { SavedForm } from './saved-form.tsx';
import classes from './settings-dialog.module.css';

type OwnStatus = Exclude<PresenceStatus, 'offline'>;
const STATUSES: readonly OwnStatus[] = ['online', 'away', 'busy', 'invisible'];
const TEXT_LENGTH_MAX = 100;

export function PresenceForm() {
  const { client, user } = useChat();
  const own = useSnapshot(({ presence }) => presence.get(user.id));
  const known = STATUSES.find((each) => each === own?.status) ?? 'online';
  const [status, setStatus] = useState<OwnStatus>(known);
  const [text, setText] = useState(own?.statusText ?? '');
  const [end, setEnd] = useState(own?.untilMs === undefined ? '' : toLocalTime(own.untilMs));
  return (
    <SavedForm
      submit={settingsStrings.saveStatus}
      onSubmit={() => client.setPresence(status, text.trim(), toMs(end))}
    >
      <TextField
        label={settingsStrings.statusText}
        value={text}
        maxLength={TEXT_LENGTH_MAX}
        onChange={(event) => setText(event.target.value)}
      />
      <TextField
        label={settingsStrings.until}
        hint={settingsStrings.untilHint}
        type="datetime-local"
        value={end}
        onChange={(event) => setEnd(event.target.value)}
      />
      <RadioChoice
        title={settingsStrings.presence}
        names={strings.members.status}
        values={STATUSES}
        current={status}
        onChoose={setStatus}
      />
      {status === 'invisible' && <p className={classes['note']}>{settingsStrings.invisibleHint}</p>}
    </SavedForm>
  );
}

/** As a field for a date and time has it: in local time, to the minute. */
function toLocalTime(ms: number): string {
  const offsetMs = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length);
}

function toMs(localTime: string): number | undefined {
  return localTime === '' ? undefined : new Date(localTime).getTime();
}
