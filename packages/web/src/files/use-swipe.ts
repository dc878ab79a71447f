/** A finger that moves to the side. While a picture is enlarged by two fingers, it moves the picture. */
import { type PointerEvent, useRef } from 'react';

interface SwipeOptions {
  readonly onPrevious: () => void;
  readonly onNext: () => void;
}

const SLOP_PX = 10;
const SWIPE_PX = 56;

export function useSwipe({ onPrevious, onNext }: SwipeOptions) {
  const touch = useRef<{ readonly id: number; readonly x: number; readonly y: number }>(undefined);
  const end = (element: HTMLElement): void => {
    touch.current = undefined;
    element.style.removeProperty('translate');
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>): void => {
      const { pointerType, pointerId: id, clientX: x, clientY: y, isPrimary } = event;
      const isEnlarged = (window.visualViewport?.scale ?? 1) > 1;
      event.currentTarget.style.touchAction = isEnlarged ? 'auto' : 'pan-y pinch-zoom';
      end(event.currentTarget);
      if (pointerType === 'touch' && isPrimary && !isEnlarged) touch.current = { id, x, y };
    },
    onPointerMove: ({ pointerId, clientX, currentTarget }: PointerEvent<HTMLElement>): void => {
      const began = touch.current;
      if (began?.id !== pointerId) return;
      const right = clientX - began.x;
      if (Math.abs(right) > SLOP_PX) currentTarget.style.translate = `${right}px`;
    },
    onPointerUp: ({
      pointerId,
      clientX,
      clientY,
      currentTarget,
    }: PointerEvent<HTMLElement>): void => {
      const began = touch.current;
      if (began?.id !== pointerId) return;
      const right = clientX - began.x;
      end(currentTarget);
      if (Math.abs(right) < SWIPE_PX || Math.abs(right) < Math.abs(clientY - began.y)) return;
      if (right > 0) onPrevious();
      else onNext();
    },
    onPointerCancel: ({ currentTarget }: PointerEvent<HTMLElement>): void => end(currentTarget),
  };
}
