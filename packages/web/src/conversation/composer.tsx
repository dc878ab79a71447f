/** Where one writes: grows to ten lines, sends on Enter, keeps its text until it is queued. */
import { ChatError, checkContent, codePointCount, LIMITS, type RoomId } from '@parley/client';
import { type FormEvent, type KeyboardEvent, type Ref, useId, useRef, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { texts } from '../texts.ts';
import classes from './composer.module.css';

export interface ComposerProps {
  readonly ref: Ref<HTMLTextAreaElement>;
  readonly roomId: RoomId;
  readonly roomName: string;
  /** Until the room was opened for the first time; without a connection one can go on writing. */
  readonly isDisabled: boolean;
  readonly onSent: () => void;
}

/** A second click within this time is taken for the same one. */
const SEND_PAUSE_MS = 500;
const LIMIT = LIMITS.nativeContentLengthMax;

export function Composer({ ref, roomId, roomName, isDisabled, onSent }: ComposerProps) {
  const { client, drafts } = useChat();
  const [text, setText] = useState(() => drafts.read(roomId));
  const [problem, setProblem] = useState<string>();
  const sentAtMs = useRef(0);
  const noteId = useId();
  const check = checkContent(text);

  const write = (next: string): void => {
    setText(next);
    drafts.write(roomId, next);
  };

  const send = (): void => {
    if (isDisabled || check.kind !== 'ok') return;
    try {
      client.send(roomId, text);
      write('');
      setProblem(undefined);
      onSent();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      setProblem(texts.composer.full);
    }
  };

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const nowMs = Date.now();
    if (nowMs - sentAtMs.current < SEND_PAUSE_MS) return;
    sentAtMs.current = nowMs;
    send();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter that ends the composition of a character belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    // On a touch keyboard Enter makes a line; there the button sends.
    if (window.matchMedia('(pointer: coarse)').matches) return;
    event.preventDefault();
    send();
  };

  const change = (next: string): void => {
    write(next);
    if (next.trim() === '') client.stopTyping();
    else client.type(roomId);
  };

  return (
    <form className={classes['composer']} onSubmit={submit}>
      <div className={classes['box']}>
        {/* The copy of the text gives the box its height; the input lies over it. */}
        <div className={classes['grow']} data-text={text}>
          <textarea
            ref={ref}
            className={classes['input']}
            rows={1}
            aria-label={texts.composer.label}
            aria-describedby={noteId}
            aria-invalid={check.kind === 'too_long'}
            placeholder={roomName === '' ? '' : texts.composer.placeholder(roomName)}
            disabled={isDisabled}
            value={text}
            onChange={(event) => change(event.target.value)}
            onKeyDown={onKeyDown}
            onBlur={() => client.stopTyping()}
          />
        </div>
        <IconButton
          icon="send"
          name={texts.composer.send}
          className={classes['send']}
          type="submit"
          disabled={isDisabled || check.kind !== 'ok'}
        />
      </div>
      <p id={noteId} className={classes['note']}>
        <span className={classes['problem']} role="alert">
          {problem}
        </span>
        <span className={classes['hint']}>{texts.composer.hint}</span>
        <LengthNote text={text} />
      </p>
    </form>
  );
}

/** How much fits, only once it matters. */
function LengthNote({ text }: { readonly text: string }) {
  const length = codePointCount(text.trim().normalize('NFC'));
  if (length < LIMIT * 0.9) return null;
  if (length <= LIMIT) return <span>{texts.composer.length(length, LIMIT)}</span>;
  return <span className={classes['problem']}>{texts.composer.tooLong(length, LIMIT)}</span>;
}
