/** One box that finds rooms as one types, and opens or creates the one that is named. */
import { ChatError } from '@parley/client';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { texts } from '../texts.ts';
import classes from './room-form.module.css';
import { findByName, type RoomRow } from './room-rows.ts';

export interface RoomFormProps {
  readonly name: string;
  readonly onName: (name: string) => void;
  /** What the list shows for this name. */
  readonly rows: readonly RoomRow[];
}

const INPUT_ID = 'room-name';

/** Puts the cursor where rooms are found and named. */
export function focusRoomName(): void {
  document.getElementById(INPUT_ID)?.focus();
}

export function RoomForm({ name, onName, rows }: RoomFormProps) {
  const { client } = useChat();
  const [problem, setProblem] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const problemId = useId();
  useRoomShortcut();

  const join = async (): Promise<void> => {
    const wanted = name.trim();
    setProblem(wanted === '' ? texts.rooms.nameMissing : undefined);
    if (wanted === '') return;
    setIsBusy(true);
    try {
      const known = findByName(rows, wanted);
      const roomId = known?.isOpen === true ? known.id : await client.joinRoom(wanted);
      onName('');
      navigate(roomPath(roomId));
    } catch (error) {
      setProblem(problemOf(error));
    }
    setIsBusy(false);
  };

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isBusy) void join();
  };

  return (
    <form className={classes['form']} onSubmit={submit}>
      <div className={classes['line']}>
        <input
          id={INPUT_ID}
          className={classes['input']}
          aria-label={texts.rooms.name}
          aria-invalid={problem !== undefined}
          aria-describedby={problemId}
          placeholder={texts.rooms.placeholder}
          autoComplete="off"
          enterKeyHint="go"
          value={name}
          onChange={(event) => {
            onName(event.target.value);
            setProblem(undefined);
          }}
        />
        <span className={classes['shortcut']} aria-hidden="true">
          {texts.rooms.shortcut}
        </span>
      </div>
      <IconButton icon="join" name={texts.rooms.join} type="submit" aria-disabled={isBusy} />
      <p id={problemId} className={classes['problem']} role="alert">
        {problem}
      </p>
    </form>
  );
}

function useRoomShortcut(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      focusRoomName();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function problemOf(thrown: unknown): string {
  if (!(thrown instanceof ChatError)) return texts.error('INTERNAL_ERROR');
  return thrown.code === 'VALIDATION_ERROR' ? texts.rooms.refused : texts.error(thrown.code);
}
