/** Choices above the message box; the focus stays in the box. */
import { EmojiView } from '../emoji/emoji-view.tsx';
import { Avatar } from '../people/avatar.tsx';
import { BotMark } from '../people/bot-mark.tsx';
import { strings } from '../strings/strings.ts';
import type { CompletionChoice } from './completion.ts';
import classes from './completion-list.module.css';

export interface CompletionListProps {
  readonly id: string;
  readonly choices: readonly CompletionChoice[];
  readonly marked: number;
  readonly onChoose: (choice: CompletionChoice) => void;
}

export default function CompletionList({ id, choices, marked, onChoose }: CompletionListProps) {
  return (
    <div
      id={id}
      className={classes['list']}
      role="listbox"
      aria-label={strings.composer.completions}
    >
      {choices.map((choice, index) => (
        <div
          key={choice.key}
          id={`${id}-${index}`}
          className={classes['choice']}
          role="option"
          tabIndex={-1}
          aria-selected={index === marked}
          // The press must not take the focus from the text.
          onPointerDown={(event) => {
            event.preventDefault();
            onChoose(choice);
          }}
        >
          {choice.emoji !== undefined && (
            <span aria-hidden="true">
              <EmojiView emoji={choice.emoji} />
            </span>
          )}
          {choice.person && (
            <Avatar userId={choice.person.id} name={choice.person.name} size="small" />
          )}
          <bdi>{choice.label}</bdi>
          {choice.person && <BotMark userId={choice.person.id} isBot={choice.person.isBot} />}
          {choice.note !== undefined && <small>{choice.note}</small>}
        </div>
      ))}
    </div>
  );
}
