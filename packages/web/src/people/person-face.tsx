/** An avatar with presence as a dot; decoration next to the name and the status as text. */
import type { PresenceStatus } from '@parley/client';
import { Avatar } from './avatar.tsx';
import classes from './person-face.module.css';

interface PersonFaceProps {
  readonly userId: string;
  /** The name that is shown. */
  readonly name: string;
  /** Undefined if the status is not known. */
  readonly status: PresenceStatus | undefined;
  readonly size?: 'small' | 'medium';
}

export function PersonFace({ userId, name, status, size = 'small' }: PersonFaceProps) {
  return (
    <span className={classes['face']} aria-hidden="true">
      <Avatar userId={userId} name={name} size={size} />
      {status !== undefined && <span className={classes['dot']} data-status={status} />}
    </span>
  );
}
