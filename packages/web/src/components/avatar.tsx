/** Two letters of a user on a tinted circle; decoration next to the name. */

import classes from './avatar.module.css';
import { avatarTone, initials } from './avatar-tone.ts';

export interface AvatarProps {
  readonly userId: string;
  readonly username: string;
  readonly size?: 'small' | 'medium' | 'large' | 'huge';
}

export function Avatar({ userId, username, size = 'large' }: AvatarProps) {
  return (
    <span
      className={`${classes['avatar']} ${classes[size]}`}
      data-tone={avatarTone(userId)}
      aria-hidden="true"
    >
      {initials(username)}
    </span>
  );
}
