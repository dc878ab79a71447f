/** The user's presence and the text beside it. */

import { ChatError, type PresenceStatus } from '@parley/client';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import classes from './settings-dialog.module.css';
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
  const [result, setResult] = useState<string>();
  const save = async (): Promise<void> => {
    try {
      await client.setPresence(status, text.trim());
      setResult(settingsStrings.saved);
    } catch (error) {
      setResult(strings.error(ChatError.from(error).code));
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
        label={settingsStrings.statusText}
        value={text}
        maxLength={TEXT_LENGTH_MAX}
        onChange={(event) => setText(event.target.value)}
      />
      <fieldset className={classes['choices']}>
        <legend className="visually-hidden">{settingsStrings.presence}</legend>
        {STATUSES.map((each) => (
          <label key={each} className={classes['choice']}>
            <input
              type="radio"
              name="status"
              checked={each === status}
              onChange={() => setStatus(each)}
            />
            {strings.members.status[each]}
          </label>
        ))}
      </fieldset>
      <div className={classes['row']}>
        <Button type="submit">{settingsStrings.saveStatus}</Button>
        <span role="status">{result}</span>
      </div>
    </form>
  );
}
