/** Two letters of a user on a tinted circle; decoration next to the name. */
import { useChat } from '../hooks/chat-context.ts';
import { useIsBot } from '../people/use-shown-name.ts';
import classes from './avatar.module.css';
import { avatarTone, initials } from './avatar-tone.ts';

export interface AvatarProps {
  readonly userId: string;
  /** The name that is shown. */
  readonly name: string;
  readonly size?: 'small' | 'medium' | 'large' | 'huge';
}

export function Avatar({ userId, name, size = 'large' }: AvatarProps) {
  const { user } = useChat();
  return (
    <span
      className={`${classes['avatar']} ${classes[size]}`}
      data-tone={avatarTone(userId, user.id)}
      data-bot={useIsBot(userId)}
      aria-hidden="true"
    >
      {initials(name)}
    </span>
  );
}
