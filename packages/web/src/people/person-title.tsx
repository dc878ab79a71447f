/** Title of a direct conversation: name and presence of the person. */
import type { UserId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';
import { strings } from '../strings/strings.ts';
import { BotMark } from './bot-mark.tsx';
import { PersonFace } from './person-face.tsx';
import classes from './person-title.module.css';
import { useShownName } from './use-shown-name.ts';

interface PersonTitleProps {
  readonly username: string;
  /** Undefined until the id of the person is known. */
  readonly userId: UserId | undefined;
  /** In place of the presence. */
  readonly state?: string | undefined;
}

export function PersonTitle({ username, userId, state }: PersonTitleProps) {
  const name = useShownName(userId, username);
  const presence = useSnapshot(({ presence }) =>
    userId === undefined ? undefined : presence.get(userId),
  );
  const status = presence?.status;
  return (
    <>
      {userId !== undefined && <PersonFace userId={userId} name={name} status={status} />}
      <h1 className={classes['name']}>
        <bdi title={username}>{name}</bdi>
      </h1>
      {userId !== undefined && <BotMark userId={userId} />}
      {(state !== undefined || status !== undefined) && (
        <span className={classes['status']} dir="auto">
          {state ?? presence?.statusText ?? strings.members.status[status ?? 'offline']}
        </span>
      )}
    </>
  );
}
