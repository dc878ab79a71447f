/** Keys that work everywhere on the page. */
import { isComposing } from '@parley/client/react';
import { useEffect, useRef } from 'react';

export interface ShortcutHandlers {
  readonly onPalette: () => void;
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
  else if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
    stepRoom(key === 'ArrowUp' ? -1 : 1, shiftKey);
  } else if (key === 'F6') stepRegion(shiftKey ? -1 : 1);
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

/** Follows the previous or next link of the left column, in the order of the screen. */
function stepRoom(step: 1 | -1, isUnreadOnly: boolean): void {
  const links = [...document.querySelectorAll<HTMLElement>('nav li a')];
  const current = links.findIndex((link) => link.getAttribute('aria-current') === 'page');
  const at = startOf(current, step);
  const count = links.length;
  for (let moved = 1; moved <= count; moved += 1) {
    const next = links[(at + step * moved + count * 2) % count];
    if (isUnreadOnly && next?.querySelector('[data-unread="true"]') === null) continue;
    next?.click();
    return;
  }
}

/** Moves the focus to the next of: rooms, messages, message box, details. */
function stepRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => region.offsetParent !== null,
  );
  const focused = regions.findIndex((region) => region.contains(document.activeElement));
  const at = startOf(focused, step);
  const next = regions[(at + step + regions.length) % regions.length];
  const inside = next?.querySelector<HTMLElement>('textarea, [aria-current="page"], a, button');
  if (next?.matches('[tabindex]')) next.focus();
  else inside?.focus();
}

/** Without a current one (-1), the first step leads to the first one, or back to the last one. */
function startOf(current: number, step: 1 | -1): number {
  return current === -1 && step === -1 ? 0 : current;
}
