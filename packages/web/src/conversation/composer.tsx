/** Where one writes: grows to ten lines, sends on Enter, keeps its text until it is queued. */
import { ChatError, checkContent, type RoomId } from '@parley/client';
import { type FormEvent, type KeyboardEvent, type Ref, useId, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { texts } from '../texts.ts';
import classes from './composer.module.css';
import { LengthNote } from './length-note.tsx';
import { useFocusWhenOpen } from './use-focus-when-open.ts';
import { useSendPause } from './use-send-pause.ts';

export interface ComposerProps {
  readonly ref: Ref<HTMLTextAreaElement>;
  readonly roomId: RoomId;
  readonly roomName: string;
  /** Until the room was opened for the first time; without a connection one can go on writing. */
  readonly isDisabled: boolean;
  readonly onSent: () => void;
}

export function Composer({ ref, roomId, roomName, isDisabled, onSent }: ComposerProps) {
  const { client, drafts } = useChat();
  const [text, setText] = useState(() => drafts.read(roomId));
  const [problem, setProblem] = useState<string>();
  const [isPaused, pause] = useSendPause();
  const noteId = useId();
  const check = checkContent(text);
  const inputId = useId();
  useFocusWhenOpen(inputId, isDisabled);

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

  const cannotSend = isDisabled || isPaused || check.kind !== 'ok';
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (cannotSend) return;
    send();
    pause();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter that ends the composition of a character belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    // On a touch keyboard Enter makes a line; there the button sends.
    if (isTouchScreen()) return;
    event.preventDefault();
    send();
  };

  const change = (next: string): void => {
    write(next);
    if (checkContent(next).kind === 'empty') client.stopTyping();
    else client.type(roomId);
  };

  return (
    <form className={classes['composer']} onSubmit={submit}>
      <div className={classes['box']}>
        {/* The copy of the text gives the box its height; the input lies over it. */}
        <div className={classes['grow']} data-text={text}>
          <textarea
            ref={ref}
            id={inputId}
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
          // Not `disabled`, which would drop the focus; nor does a press take it from the text.
          aria-disabled={cannotSend}
          onMouseDown={(event) => event.preventDefault()}
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
