/** Actions for a message on a touch screen, at the lower edge. Loaded on the first use. */
import type { Reaction, RoomId } from '@parley/client';
import { useChat } from '../chat-context.ts';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { Modal } from '../components/modal.tsx';
import { EmojiView } from '../emoji/emoji-view.tsx';
import { recentEmoji } from '../emoji/recent-emoji.ts';
import { useShownNames } from '../people/use-shown-name.ts';
import { messageStrings } from '../strings/message.ts';
import { strings } from '../strings/strings.ts';
import { useConversationActions } from './conversation-actions.ts';
import { EmojiButton } from './emoji-button.tsx';
import { isPoll } from './is-poll.ts';
import classes from './message-sheet.module.css';
import type { MessageToolbarProps } from './message-toolbar.tsx';
import { usersIn } from './reaction-pill.tsx';
import { acceptsReactions, useReadOnly } from './read-only.ts';
import { useMessageMenu } from './use-message-menu.ts';

interface MessageSheetProps extends MessageToolbarProps {
  readonly onClose: () => void;
}

/** Recent emoji beside the picker: with it they fill the width of a small phone. */
const QUICK_EMOJI = 5;

interface SheetAction {
  readonly icon: IconName;
  readonly name: string;
  readonly isDanger?: boolean;
  readonly onSelect: () => void;
}

export default function MessageSheet(props: MessageSheetProps) {
  const { message, delivery, own, onReact, onClose } = props;
  const { reactions } = delivery;
  const { user } = useChat();
  const { roomId, edit, reply } = useConversationActions();
  const menu = useMessageMenu(props);
  const readOnly = useReadOnly(roomId);
  const mayWrite = readOnly === undefined;
  const react = (emoji: string): void => {
    onClose();
    onReact(emoji);
  };
  const actions: readonly SheetAction[] = [
    ...(reply === undefined || !mayWrite
      ? []
      : [
          {
            icon: 'reply' as const,
            name: messageStrings.reply,
            onSelect: () => reply(message),
          },
        ]),
    ...(mayWrite && message.userId === user.id && !isPoll(message)
      ? [
          {
            icon: 'edit' as const,
            name: messageStrings.edit,
            onSelect: () => edit(message.key),
          },
        ]
      : []),
    ...menu,
  ];
  return (
    <Modal label={messageStrings.actions} isSheet={true} onClose={onClose}>
      {acceptsReactions(readOnly) && (
        <div className={classes['emoji-line']}>
          {recentEmoji(QUICK_EMOJI).map((emoji) => (
            <button
              key={emoji}
              type="button"
              className={classes['emoji']}
              aria-label={messageStrings.react(emoji)}
              aria-pressed={own.has(emoji)}
              onClick={() => react(emoji)}
            >
              <EmojiView emoji={emoji} />
            </button>
          ))}
          <EmojiButton name={messageStrings.addReaction} onSelect={react} />
        </div>
      )}
      {reactions.length > 0 && (
        <ul className={classes['reactions']}>
          {reactions.map((reaction) => (
            <ReactedBy key={reaction.emoji} roomId={roomId} reaction={reaction} />
          ))}
        </ul>
      )}
      <ul className={classes['list']}>
        {actions.map(({ icon, name, isDanger = false, onSelect }) => (
          <li key={name}>
            <button
              type="button"
              className={classes['action']}
              data-danger={isDanger}
              onClick={() => {
                onClose();
                onSelect();
              }}
            >
              <Icon name={icon} />
              {name}
            </button>
          </li>
        ))}
      </ul>
    </Modal>
  );
}

interface ReactedByProps {
  readonly roomId: RoomId;
  readonly reaction: Reaction;
}

/** A pill shows this where a pointer hovers it. */
function ReactedBy({ roomId, reaction }: ReactedByProps) {
  const { client, user } = useChat();
  const { emoji, count, userIds } = reaction;
  const names = useShownNames(usersIn(client.getSnapshot(), roomId, userIds, user));
  return (
    <li className={classes['reaction']}>
      <span className={classes['reaction-emoji']} aria-hidden="true">
        <EmojiView emoji={emoji} />
      </span>
      <span className="visually-hidden">{strings.message.reaction(emoji, count)}: </span>
      <BidiIsolate text={messageStrings.reactors(names, count)} names={names} />
    </li>
  );
}
