/** Completion in the message box: people after `@`, rooms after `#`, emoji after `:`. */
import { type KeyboardEvent, type RefObject, useId, useRef, useState } from 'react';
import { plainKey } from '../hooks/plain-key.ts';
import type { CompletionChoice, CompletionQuery, Mentionable, MentionPlace } from './completion.ts';
import type { CompletionListProps } from './completion-list.tsx';
import { insertText } from './text-edit.ts';
import { writeEdit } from './write-edit.ts';

/** So that a word that is typed asks the server once. */
const FIND_DELAY_MS = 120;

const CHOICES_MAX = 8;

let completion: typeof import('./completion.ts') | undefined;
let emoji: typeof import('./emoji-data.ts') | undefined;

async function loadCompletion(): Promise<void> {
  completion = await import('./completion.ts');
}

async function loadEmoji(): Promise<void> {
  emoji = await import('./emoji-data.ts');
}

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
    if (place === undefined || completion === undefined) return;
    const { findPeople, knownPeople, mentionChoices } = completion;
    const known = knownPeople(place);
    const offer = (found: readonly Mentionable[]): void => {
      // The user has typed on meanwhile.
      if (latest.current !== next) return;
      setChoices(mentionChoices(known, found, next.start, CHOICES_MAX));
    };
    offer([]);
    await new Promise((resolve) => setTimeout(resolve, FIND_DELAY_MS));
    // Without an answer the people whom the page knows stay.
    if (latest.current === next) await findPeople(place, next.start).then(offer, () => {});
  };

  /** The standard ones at once, then those of the server. */
  const offerEmoji = (next: CompletionQuery): void => {
    if (completion === undefined || emoji === undefined) return;
    const standard = emoji.completeCode(next.start, CHOICES_MAX);
    const offer = (found: readonly CompletionChoice[]): void => {
      // The user has typed on meanwhile.
      if (latest.current === next) setChoices(found);
    };
    const found = { ...next, standard, max: CHOICES_MAX };
    // Without an answer those that the page knows stay.
    void completion.offerEmoji(place?.client, found, offer).catch(() => {});
  };

  /**
   * Looks at the text before the caret, and offers what fits it before the next key is handled: the
   * choices of an earlier text would replace what is written now.
   */
  const look = (): void => {
    const element = input.current;
    if (element === null) return;
    const isSelection = element.selectionStart !== element.selectionEnd;
    const before = element.value.slice(0, element.selectionStart);
    const mayComplete = !isSelection && /[@#:]/.test(before);
    // Without its code nothing is offered.
    if (mayComplete && completion === undefined) return void loadCompletion().then(look, () => {});
    const next = mayComplete ? completion?.completionQuery(before) : undefined;
    const known = latest.current;
    if (next?.from === known?.from && next?.start === known?.start && next?.kind === known?.kind) {
      return;
    }
    if (next?.kind === 'emoji' && emoji === undefined) return void loadEmoji().then(look, () => {});
    latest.current = next;
    setQuery(next);
    setMarked(0);
    if (next?.kind === 'mention') void offerPeople(next);
    else if (next?.kind === 'emoji') offerEmoji(next);
    else
      setChoices((next && place && completion?.roomChoices(place, next.start, CHOICES_MAX)) ?? []);
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
