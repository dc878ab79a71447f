/** A user's initial on one of twelve colours; decoration next to the name. */

import classes from './avatar.module.css';
import { avatarTone } from './avatar-tone.ts';

export interface AvatarProps {
  readonly userId: string;
  readonly username: string;
  readonly size?: 'small' | 'large';
}

export function Avatar({ userId, username, size = 'large' }: AvatarProps) {
  return (
    <span
      className={`${classes['avatar']} ${classes[size]}`}
      data-tone={avatarTone(userId)}
      aria-hidden="true"
    >
      {Array.from(username)[0]?.toUpperCase()}
    </span>
  );
}
