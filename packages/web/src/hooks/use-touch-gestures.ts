/** Gestures of a finger on an element: a long press, and a swipe towards the end of the line. */
import { type MouseEvent, type PointerEvent, useRef } from 'react';

interface TouchGestures {
  readonly onLongPress: () => void;
  /** Undefined if a swipe does nothing. */
  readonly onSwipe: (() => void) | undefined;
}

interface TouchHandlers {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerCancel: (event: PointerEvent<HTMLElement>) => void;
  readonly onContextMenu: (event: MouseEvent<HTMLElement>) => void;
}

const LONG_PRESS_MS = 450;
/** A finger that moves further does not press. */
const SLOP_PX = 10;
const SWIPE_PX = 64;
/** The element follows the finger up to here. */
const FOLLOW_PX_MAX = 88;

interface Touch {
  readonly x: number;
  readonly y: number;
  readonly timer: ReturnType<typeof setTimeout>;
  isSwipe: boolean;
}

export function useTouchGestures({ onLongPress, onSwipe }: TouchGestures): TouchHandlers {
  const touch = useRef<Touch | undefined>(undefined);
  const end = (element: HTMLElement): void => {
    clearTimeout(touch.current?.timer);
    touch.current = undefined;
    element.style.removeProperty('transform');
  };
  return {
    onPointerDown: ({ pointerType, clientX: x, clientY: y, target, currentTarget }) => {
      // A sheet or a dialog above the message has gestures of its own.
      if (pointerType !== 'touch' || isInDialog(target, currentTarget)) return;
      const timer = setTimeout(() => {
        end(currentTarget);
        onLongPress();
      }, LONG_PRESS_MS);
      touch.current = { x, y, timer, isSwipe: false };
    },
    onPointerMove: ({ clientX, clientY, currentTarget }) => {
      const began = touch.current;
      if (began === undefined) return;
      const right = clientX - began.x;
      const down = Math.abs(clientY - began.y);
      if (Math.abs(right) > SLOP_PX || down > SLOP_PX) clearTimeout(began.timer);
      if (onSwipe === undefined) return;
      began.isSwipe ||= right > SLOP_PX && right > 2 * down;
      if (!began.isSwipe) return;
      currentTarget.style.transform = `translateX(${Math.max(0, Math.min(right, FOLLOW_PX_MAX))}px)`;
    },
    onPointerUp: ({ clientX, currentTarget }) => {
      const began = touch.current;
      end(currentTarget);
      if (began?.isSwipe === true && clientX - began.x >= SWIPE_PX) onSwipe?.();
    },
    // The browser scrolls instead.
    onPointerCancel: ({ currentTarget }) => end(currentTarget),
    onContextMenu: (event) => {
      // The long press opens the sheet, not the menu of the browser; links keep theirs.
      const isLink = event.target instanceof Element && event.target.closest('a') !== null;
      if (touch.current !== undefined && !isLink) event.preventDefault();
    },
  };
}

function isInDialog(target: EventTarget, element: HTMLElement): boolean {
  const dialog = target instanceof Element ? target.closest('dialog, [popover]') : null;
  return dialog !== null && !dialog.contains(element);
}
