/** Completion in the message box: people after `@`, emoji after `:`. */
import type { FoundUser } from '@parley/client';
import { type KeyboardEvent, type RefObject, useId, useRef, useState } from 'react';
import { plainKey } from '../hooks/plain-key.ts';
import type { CompletionChoice, CompletionQuery, MentionPlace } from './completion.ts';
import type { CompletionListProps } from './completion-list.tsx';
import { insertText } from './text-edit.ts';
import { writeEdit } from './write-edit.ts';

/** So that a word that is typed asks the server once. */
const FIND_DELAY_MS = 120;

const CHOICES_MAX = 8;

export function useCompletion(
  input: RefObject<HTMLTextAreaElement | null>,
  onChange: (text: string) => void,
  place: MentionPlace | undefined,
) {
  const [query, setQuery] = useState<CompletionQuery>();
  const [choices, setChoices] = useState<readonly CompletionChoice[]>([]);
  const [marked, setMarked] = useState(0);
  const latest = useRef<CompletionQuery>(undefined);
  const id = useId();
  const isOpen = query !== undefined && choices.length > 0;
  const close = (): void => setQuery(undefined);

  /** Those whom the page knows at once, then those whom the server finds. */
  const offerPeople = async (next: CompletionQuery): Promise<void> => {
    const { findPeople, knownPeople, mentionChoices } = await import('./completion.ts');
    if (place === undefined) return;
    const known = knownPeople(place);
    const offer = (found: readonly FoundUser[]): void => {
      // The user has typed on meanwhile.
      if (latest.current !== next) return;
      setChoices(mentionChoices(known, found, next.start, CHOICES_MAX));
    };
    offer([]);
    await new Promise((resolve) => setTimeout(resolve, FIND_DELAY_MS));
    // Without an answer the people whom the page knows stay.
    if (latest.current === next) await findPeople(place, next.start).then(offer, () => {});
  };

  /** Looks at the text before the caret. */
  const lookAt = async (): Promise<void> => {
    const element = input.current;
    if (element === null) return;
    const isSelection = element.selectionStart !== element.selectionEnd;
    const before = element.value.slice(0, element.selectionStart);
    let next: CompletionQuery | undefined;
    if (!isSelection && /[@:]/.test(before)) {
      const { completionQuery } = await import('./completion.ts');
      if (element.value.slice(0, element.selectionStart) !== before) return;
      next = completionQuery(before);
    }
    const known = latest.current;
    if (next?.from === known?.from && next?.start === known?.start && next?.kind === known?.kind) {
      return;
    }
    latest.current = next;
    setQuery(next);
    setMarked(0);
    if (next?.kind === 'mention') void offerPeople(next);
    else if (next?.kind === 'emoji') {
      const { completeCode } = await import('./emoji-data.ts');
      // The user has typed on meanwhile.
      if (latest.current !== next) return;
      setChoices(
        completeCode(next.start, CHOICES_MAX).map(({ emoji, code }) => {
          return { key: code, label: `:${code}:`, text: emoji, emoji };
        }),
      );
    }
  };

  // Without its code nothing is offered.
  const look = (): void => void lookAt().catch(() => {});

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
