/** The room box: filters the rooms while you type, and opens or creates the marked choice. */
import { isComposing } from '@parley/client/react';
import { type KeyboardEvent, useId } from 'react';
import { Button } from '../components/button.tsx';
import { useTypedAhead } from '../components/typed-ahead.tsx';
import { plainKey } from '../hooks/plain-key.ts';
import { browseStrings } from '../strings/browse.ts';
import classes from './room-form.module.css';
import { choiceId, ROOM_LIST_ID } from './room-suggestions.ts';
import type { RoomFinder } from './use-room-finder.ts';

const INPUT_ID = 'room-name';

/** Focuses the room box. */
export function focusRoomName(): void {
  document.getElementById(INPUT_ID)?.focus();
}

export function RoomForm({ finder }: { readonly finder: RoomFinder }) {
  const { name, marked, problem, isBusy } = finder;
  const problemId = useId();
  useTypedAhead(finder.write);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (isComposing(event.nativeEvent)) return;
    switch (plainKey(event)) {
      case 'ArrowDown':
        finder.step(1);
        break;
      case 'ArrowUp':
        finder.step(-1);
        break;
      case 'Escape':
        // In an empty box Escape is left to other handlers.
        if (name === '' && marked === undefined) return;
        finder.write('');
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault();
        finder.takeMarked();
      }}
    >
      <div className={classes['line']}>
        <input
          id={INPUT_ID}
          className={classes['input']}
          role="combobox"
          aria-label={browseStrings.name}
          aria-autocomplete="list"
          aria-expanded={marked !== undefined}
          aria-controls={marked === undefined ? undefined : ROOM_LIST_ID}
          aria-activedescendant={marked === undefined ? undefined : choiceId(marked)}
          aria-invalid={problem !== undefined}
          aria-describedby={problemId}
          placeholder={browseStrings.placeholder}
          autoComplete="off"
          enterKeyHint="go"
          value={name}
          onChange={(event) => finder.write(event.target.value)}
          onKeyDown={onKeyDown}
          onFocus={() => finder.setAtBox(true)}
          onBlur={() => finder.setAtBox(false)}
        />
      </div>
      {/* Not a submit button: it opens exactly the name in the box, while Enter opens the marked choice. */}
      <Button kind="primary" aria-disabled={isBusy} onClick={finder.takeName}>
        {browseStrings.join}
      </Button>
      <p id={problemId} className={classes['problem']} role="alert">
        {problem}
      </p>
    </form>
  );
}
