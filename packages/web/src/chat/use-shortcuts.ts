/** Keys that work everywhere on the page. */
import { isComposing } from '@parley/client/react';
import { useEffect, useRef } from 'react';
import { loadSteps } from '../parts.ts';

interface ShortcutHandlers {
  readonly onPalette: () => void;
  /** Returns whether a conversation is on the screen. */
  readonly onFind: () => boolean;
  readonly onHelp: () => void;
  /** Escape that no dialog or text used; returns whether it was used here. */
  readonly onEscape: () => boolean;
}

export function useShortcuts(handlers: ShortcutHandlers): void {
  const current = useRef(handlers);
  current.current = handlers;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isComposing(event)) return;
      if (handle(event, current.current)) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Returns whether the key was used. */
function handle(event: KeyboardEvent, handlers: ShortcutHandlers): boolean {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
  // A dialog is modal for keys, too.
  if (document.querySelector('dialog[open]') !== null) return false;
  if ((ctrlKey || metaKey) && key.toLowerCase() === 'k') handlers.onPalette();
  else if ((ctrlKey || metaKey) && !shiftKey && !altKey && key.toLowerCase() === 'f')
    return handlers.onFind();
  else if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
    void loadSteps().then(({ stepRoom }) => stepRoom(key === 'ArrowUp' ? -1 : 1, shiftKey));
  } else if (key === 'F6') void loadSteps().then(({ stepRegion }) => stepRegion(shiftKey ? -1 : 1));
  else if (key === '?' && !isTyping(event.target)) handlers.onHelp();
  else if (key === 'Escape' && !isTyping(event.target)) return handlers.onEscape();
  else return false;
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
  );
}
