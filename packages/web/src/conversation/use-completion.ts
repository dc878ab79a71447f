/** Completion in the message box: people after `@`, emoji after `:`. */
import { type KeyboardEvent, type RefObject, useId, useRef, useState } from 'react';
import { plainKey } from '../hooks/plain-key.ts';
import {
  type CompletionChoice,
  type CompletionQuery,
  completeName,
  completionQuery,
} from './completion.ts';
import type { CompletionListProps } from './completion-list.tsx';
import type { Mentionable } from './message-lookup.ts';
import { insertText } from './text-edit.ts';
import { writeEdit } from './write-edit.ts';

/** People who can be mentioned here. */
export type CompletionSource = () => readonly Mentionable[];

const CHOICES_MAX = 8;

export function useCompletion(
  input: RefObject<HTMLTextAreaElement | null>,
  onChange: (text: string) => void,
  names: CompletionSource | undefined,
) {
  const [query, setQuery] = useState<CompletionQuery>();
  const [choices, setChoices] = useState<readonly CompletionChoice[]>([]);
  const [marked, setMarked] = useState(0);
  const latest = useRef<CompletionQuery>(undefined);
  const id = useId();
  const isOpen = query !== undefined && choices.length > 0;
  const close = (): void => setQuery(undefined);

  /** Looks at the text before the caret. */
  const look = (): void => {
    const element = input.current;
    if (element === null) return;
    const isSelection = element.selectionStart !== element.selectionEnd;
    const before = element.value.slice(0, element.selectionStart);
    const next = isSelection ? undefined : completionQuery(before);
    const isSame = next?.from === query?.from && next?.start === query?.start;
    if (isSame && next?.kind === query?.kind) return;
    latest.current = next;
    setQuery(next);
    setMarked(0);
    if (next?.kind === 'mention') setChoices(mentionChoices(names?.() ?? [], next.start));
    else if (next?.kind === 'emoji') {
      void import('./emoji-data.ts').then(({ completeCode }) => {
        // The user has typed on meanwhile.
        if (latest.current !== next) return;
        setChoices(
          completeCode(next.start, CHOICES_MAX).map(({ emoji, code }) => {
            return { key: code, label: `:${code}:`, text: emoji, emoji };
          }),
        );
      });
    }
  };

  const choose = (choice: CompletionChoice | undefined): void => {
    const element = input.current;
    if (element === null || query === undefined || choice === undefined) return;
    const edit = { text: element.value, start: query.from, end: element.selectionEnd };
    const next = insertText(edit, `${choice.text} `);
    close();
    writeEdit(element, next, onChange);
  };

  /** Returns whether the key was for the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!isOpen) return false;
    switch (plainKey(event)) {
      case 'ArrowDown':
        setMarked((marked + 1) % choices.length);
        break;
      case 'ArrowUp':
        setMarked((marked - 1 + choices.length) % choices.length);
        break;
      case 'Enter':
      case 'Tab':
        choose(choices[marked]);
        break;
      case 'Escape':
        close();
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.nativeEvent.stopPropagation();
    return true;
  };

  const list: CompletionListProps | undefined = isOpen
    ? { id, choices, marked, onChoose: choose }
    : undefined;
  const inputProps = {
    role: 'textbox' as const,
    'aria-autocomplete': 'list' as const,
    'aria-controls': isOpen ? id : undefined,
    'aria-activedescendant': isOpen ? `${id}-${marked}` : undefined,
  };
  return { look, close, onKeyDown, list, inputProps };
}

function mentionChoices(
  people: readonly Mentionable[],
  start: string,
): readonly CompletionChoice[] {
  const all = [...people, { username: 'everyone' }];
  return completeName(all, start, CHOICES_MAX).map(({ username, displayName }) => {
    const text = `@${username}`;
    return { key: username, label: displayName ? `${text} ${displayName}` : text, text };
  });
}
