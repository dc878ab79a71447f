/**
 * Actions for a message. The toolbar floats above the message, so that nothing moves when
 * it appears.
 */
import { IconButton } from '../components/icon-button.tsx';
import { strings } from '../strings.ts';
import classes from './message-toolbar.module.css';
import { REACTION_CHOICES } from './reaction-choices.ts';

export interface MessageToolbarProps {
  /** Emoji that the user has chosen. */
  readonly own: ReadonlySet<string>;
  readonly isPinned: boolean;
  readonly onReact: (emoji: string) => void;
  readonly onPin: () => void;
}

export function MessageToolbar({ own, isPinned, onReact, onPin }: MessageToolbarProps) {
  return (
    <div className={classes['toolbar']} role="toolbar" aria-label={strings.message.actions}>
      {REACTION_CHOICES.map((emoji) => (
        <button
          key={emoji}
          type="button"
          className={classes['emoji']}
          aria-label={strings.message.react(emoji)}
          aria-pressed={own.has(emoji)}
          title={strings.message.react(emoji)}
          onClick={() => onReact(emoji)}
        >
          {emoji}
        </button>
      ))}
      <IconButton
        icon="pin"
        name={isPinned ? strings.message.unpin : strings.message.pin}
        onClick={onPin}
      />
    </div>
  );
}
