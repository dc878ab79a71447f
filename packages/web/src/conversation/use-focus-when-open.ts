/** Puts the cursor where one writes, when that is what whoever opened the room wants. */
import { useEffect } from 'react';
import { isTouchScreen } from '../hooks/touch-screen.ts';

/**
 * Not on a touch screen, where the keyboard would cover the room, and not out of
 * another box that is half filled in.
 */
export function useFocusWhenOpen(inputId: string, isDisabled: boolean): void {
  useEffect(() => {
    if (isDisabled || isTouchScreen()) return;
    const active = document.activeElement;
    const isWriting = active instanceof HTMLInputElement && active.value !== '';
    if (!isWriting) document.getElementById(inputId)?.focus({ preventScroll: true });
  }, [inputId, isDisabled]);
}
