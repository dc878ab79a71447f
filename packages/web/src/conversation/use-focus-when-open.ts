/** Focuses the message box when a room opens, if that does not disturb. */
import { useEffect } from 'react';
import { isTouchScreen } from '../hooks/touch-screen.ts';

/**
 * Skipped on touch screens, where the keyboard would cover the room, and while another
 * box contains text.
 */
export function useFocusWhenOpen(inputId: string, isDisabled: boolean): void {
  useEffect(() => {
    if (isDisabled || isTouchScreen()) return;
    const active = document.activeElement;
    const isWriting = active instanceof HTMLInputElement && active.value !== '';
    if (!isWriting) document.getElementById(inputId)?.focus({ preventScroll: true });
  }, [inputId, isDisabled]);
}
