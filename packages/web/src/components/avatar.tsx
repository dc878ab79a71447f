/** Two letters of a user on a tinted circle; decoration next to the name. */
import { useIsBot } from '../people/use-shown-name.ts';
import classes from './avatar.module.css';
import { avatarTone, initials } from './avatar-tone.ts';

interface AvatarProps {
  readonly userId: string;
  /** The name that is shown. */
  readonly name: string;
  readonly size?: 'small' | 'medium' | 'large' | 'huge';
}

export function Avatar({ userId, name, size = 'large' }: AvatarProps) {
  return (
    <span
      className={`${classes['avatar']} ${classes[size]}`}
      {...avatarTone(userId)}
      data-bot={useIsBot(userId)}
      aria-hidden="true"
    >
      {initials(name)}
    </span>
  );
}
