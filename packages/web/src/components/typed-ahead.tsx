/**
 * A text box that is there before the code of its part: it keeps what is typed while the code is
 * loading, and hands it over.
 */
import { isComposing } from '@parley/client/react';
import { type KeyboardEvent, type RefObject, useLayoutEffect } from 'react';
import classes from './typed-ahead.module.css';

const KEYS = new Set(['ArrowDown', 'ArrowUp', 'Enter']);

let kept = '';
let pressed: string[] = [];

function forget(): void {
  kept = '';
  pressed = [];
}

/** Of a text box whose part is loading: returns how a key is kept that the part presses again. */
export function useKeptKeys(): (key: string) => void {
  useLayoutEffect(() => {
    forget();
    // After the part that takes over, which is shown in the same step.
    return () => void setTimeout(forget);
  }, []);
  return (key) => pressed.push(key);
}

interface TypedAheadProps {
  readonly label: string;
  readonly type?: 'date';
}

export function TypedAhead({ label, type }: TypedAheadProps) {
  const keep = useKeptKeys();
  return (
    <div className={classes['line']}>
      <input
        className={classes['input']}
        type={type}
        data-autofocus=""
        // biome-ignore lint/a11y/noAutofocus: as in the part that is loading
        autoFocus={true}
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        onChange={({ target }) => {
          kept = target.value;
        }}
        onKeyDown={(event: KeyboardEvent) => {
          if (isComposing(event.nativeEvent) || !KEYS.has(event.key)) return;
          event.preventDefault();
          keep(event.key);
        }}
      />
    </div>
  );
}

/** Takes over what was typed while the code of this part was loading, and the focus. */
export function useTypedAhead(
  write: (text: string) => void,
  input?: RefObject<HTMLElement | null>,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the part is shown
  useLayoutEffect(() => {
    input?.current?.focus();
    if (kept !== '') write(kept);
    const keys = pressed;
    forget();
    if (keys.length === 0) return;
    // When the text is on the screen.
    const timer = setTimeout(() => {
      for (const key of keys) press(key);
    });
    return () => clearTimeout(timer);
  }, []);
}

function press(key: string): void {
  const target = document.activeElement;
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  const isUnused = target?.dispatchEvent(event);
  if (isUnused && key === 'Enter' && target instanceof HTMLInputElement)
    target.form?.requestSubmit();
}
