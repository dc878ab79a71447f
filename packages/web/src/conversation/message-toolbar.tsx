/**
 * Actions for a message. The toolbar floats above the message, so that nothing moves when
 * it appears. It is one tab stop; the arrow keys move within it.
 */
import { type KeyboardEvent, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { IconButton } from '../components/icon-button.tsx';
import { Menu } from '../components/menu.tsx';
import { EmojiView } from '../emoji/emoji-view.tsx';
import { recentEmoji } from '../emoji/recent-emoji.ts';
import { plainKey } from '../hooks/plain-key.ts';
import { messageStrings } from '../strings/message.ts';
import { useConversationActions } from './conversation-actions.ts';
import { EmojiButton } from './emoji-button.tsx';
import { isPoll } from './is-poll.ts';
import classes from './message-toolbar.module.css';
import { acceptsReactions, useReadOnly } from './read-only.ts';
import { type MessageMenuOptions, useMessageMenu } from './use-message-menu.ts';

export interface MessageToolbarProps extends MessageMenuOptions {
  /** Emoji that the user has chosen. */
  readonly own: ReadonlySet<string>;
  readonly onReact: (emoji: string) => void;
}

/** Recent emoji beside the picker. */
const QUICK_EMOJI = 2;

export default function MessageToolbar(props: MessageToolbarProps) {
  const { message, own, onReact } = props;
  const { user } = useChat();
  const { edit, reply, roomId } = useConversationActions();
  // As they were when the pointer came: a choice must not move the buttons below it.
  const [quickEmoji] = useState(() => recentEmoji(QUICK_EMOJI));
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const more = useRef<HTMLButtonElement>(null);
  const items = useMessageMenu(props);
  const readOnly = useReadOnly(roomId);
  const mayReact = acceptsReactions(readOnly);
  const mayWrite = readOnly === undefined;
  const mayEdit = mayWrite && message.userId === user.id && !isPoll(message);
  return (
    <div
      className={classes['toolbar']}
      role="toolbar"
      aria-label={messageStrings.actions}
      onKeyDown={moveWithin}
    >
      {(mayReact ? quickEmoji : []).map((emoji, index) => (
        <button
          key={emoji}
          type="button"
          className={classes['emoji']}
          aria-label={messageStrings.react(emoji)}
          aria-pressed={own.has(emoji)}
          title={messageStrings.react(emoji)}
          tabIndex={index === 0 ? 0 : -1}
          onClick={() => onReact(emoji)}
        >
          <EmojiView emoji={emoji} />
        </button>
      ))}
      {mayReact && (
        <EmojiButton name={messageStrings.addReaction} tabIndex={-1} onSelect={onReact} />
      )}
      {mayWrite && reply !== undefined && (
        <IconButton
          icon="reply"
          name={messageStrings.reply}
          tabIndex={-1}
          data-action="reply"
          onClick={() => reply(message)}
        />
      )}
      {mayEdit && (
        <IconButton
          icon="edit"
          name={messageStrings.edit}
          tabIndex={-1}
          data-action="edit"
          onClick={() => edit(message.key)}
        />
      )}
      <IconButton
        ref={more}
        icon="more"
        name={messageStrings.more}
        tabIndex={-1}
        aria-haspopup="menu"
        aria-expanded={isMenuOpen}
        onClick={() => setIsMenuOpen(!isMenuOpen)}
      />
      {/* Pressed by the keys of the message; the menu offers both to everyone else. */}
      <span hidden={true}>
        {items
          .filter(({ action }) => action !== undefined)
          .map(({ action, name, onSelect }) => (
            <button key={name} type="button" data-action={action} onClick={onSelect}>
              {name}
            </button>
          ))}
      </span>
      {isMenuOpen && (
        <Menu
          name={messageStrings.more}
          items={items}
          opener={more}
          onClose={() => setIsMenuOpen(false)}
        />
      )}
    </div>
  );
}

/** Left and Right move between the buttons; the messages keep Up and Down. */
function moveWithin(event: KeyboardEvent<HTMLElement>): void {
  const key = plainKey(event);
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  const target = event.target as HTMLElement;
  if (step === 0 || target.parentElement !== event.currentTarget) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>(':scope > button')];
  const next = (buttons.indexOf(target) + step + buttons.length) % buttons.length;
  buttons[next]?.focus();
}
