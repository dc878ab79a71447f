/** Foot of the first column: the user's own name and status, the settings, and the logout button. */

import { useChat, useSnapshot } from '../chat-context.ts';
import { IconButton } from '../components/icon-button.tsx';
import { PersonFace } from '../people/person-face.tsx';
import { useShownName } from '../people/use-shown-name.ts';
import { strings } from '../strings/strings.ts';
import classes from './own-account.module.css';

interface OwnAccountProps {
  readonly onLogOut: () => void;
  readonly onSettings: () => void;
}

export function OwnAccount({ onLogOut, onSettings }: OwnAccountProps) {
  const { user } = useChat();
  const presence = useSnapshot((snapshot) => snapshot.presence.get(user.id));
  const name = useShownName(user.id, user.username);
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  // Without a connection other users do not see this user online.
  const status = isConnected ? (presence?.status ?? 'online') : 'offline';

  return (
    <div className={classes['foot']}>
      <div className={classes['line']}>
        <PersonFace userId={user.id} name={name} status={status} size="medium" />
        <span className={classes['name']}>
          <bdi>{name}</bdi>
          <small className={classes['status']} dir="auto">
            {(status !== 'invisible' && presence?.statusText) || strings.members.status[status]}
          </small>
        </span>
        <IconButton icon="settings" name={strings.account.settings} onClick={onSettings} />
        <IconButton icon="logOut" name={strings.account.logOut} onClick={onLogOut} />
      </div>
    </div>
  );
}
