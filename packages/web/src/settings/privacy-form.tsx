/** From whom the user accepts messages, and whether others see when the user was last here. */
import { changePrivacy, type Privacy, readPrivacy } from '@parley/client';
import { useEffect, useId, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { settingsStrings } from '../strings/settings.ts';
import { SavedForm } from './saved-form.tsx';
import classes from './settings-dialog.module.css';

type Accepted = Privacy['acceptMessagesFrom'];
const ACCEPTED: readonly Accepted[] = ['everybody', 'shared-rooms', 'contacts'];

export function PrivacyForm() {
  const { client } = useChat();
  const texts = settingsStrings.privacy;
  const selectId = useId();
  /** Changes of the user; the rest is as stored. */
  const [changed, setChanged] = useState<Partial<Privacy>>({});
  const [stored, setStored] = useState<Privacy>();
  useEffect(() => {
    let isCurrent = true;
    readPrivacy(client).then(
      (privacy) => isCurrent && setStored(privacy),
      () => {}, // The form shows the defaults, and changes nothing that the user does not touch.
    );
    return () => {
      isCurrent = false;
    };
  }, [client]);
  const { acceptMessagesFrom = 'everybody', showLastSeen = 'everyone' } = { ...stored, ...changed };
  return (
    <SavedForm
      submit={texts.save}
      onSubmit={async () => {
        setStored(await changePrivacy(client, changed));
        setChanged({});
      }}
    >
      <label htmlFor={selectId}>{texts.acceptMessagesFrom}</label>
      <select
        id={selectId}
        value={acceptMessagesFrom}
        onChange={({ target }) => {
          const chosen = ACCEPTED.find((each) => each === target.value);
          setChanged({ ...changed, acceptMessagesFrom: chosen ?? 'everybody' });
        }}
      >
        {ACCEPTED.map((each) => (
          <option key={each} value={each}>
            {texts.accepted[each]}
          </option>
        ))}
      </select>
      <p className={classes['note']}>{texts.acceptedHint}</p>
      <label className={classes['choice']}>
        <input
          type="checkbox"
          checked={showLastSeen === 'everyone'}
          onChange={({ target }) =>
            setChanged({ ...changed, showLastSeen: target.checked ? 'everyone' : 'nobody' })
          }
        />
        {texts.showLastSeen}
      </label>
    </SavedForm>
  );
}
