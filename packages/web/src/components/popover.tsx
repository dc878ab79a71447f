/**
 * A surface in the top layer beside the element that opened it. The browser closes it on
 * Escape or a press outside, and the focus returns to the opener.
 */
import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';
import classes from './popover.module.css';

interface PopoverProps {
  readonly opener: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

const GAP_PX = 4;
const EDGE_PX = 8;

export function Popover({ opener, onClose, children }: PopoverProps) {
  const surface = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const element = surface.current;
    const anchor = opener.current;
    if (element === null || anchor === null) return;
    const onToggle = (event: ToggleEvent): void => {
      if (event.newState === 'closed') close.current();
    };
    const replace = (): void => place(element, anchor.getBoundingClientRect());
    element.showPopover();
    replace();
    window.addEventListener('resize', replace);
    element.querySelector<HTMLElement>('[data-autofocus], button, input, [tabindex]')?.focus();
    element.addEventListener('toggle', onToggle);
    return () => {
      element.removeEventListener('toggle', onToggle);
      window.removeEventListener('resize', replace);
      if (element.contains(document.activeElement)) anchor.focus();
    };
  }, [opener]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape belongs to whatever is inside
    <div
      ref={surface}
      popover="auto"
      className={classes['popover']}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // One press of Escape closes only this.
        event.preventDefault();
        event.stopPropagation();
        event.nativeEvent.stopPropagation();
        opener.current?.focus();
        onClose();
      }}
    >
      {children}
    </div>
  );
}

/**
 * Below the opener if there is space, else above it; from its left edge, or to its right one. Always
 * within the window, also if the opener is not.
 */
function place(element: HTMLElement, anchor: DOMRect): void {
  const { width, height } = element.getBoundingClientRect();
  const below = anchor.bottom + GAP_PX;
  const fits = below + height <= window.innerHeight - EDGE_PX;
  const top = fits ? below : anchor.top - GAP_PX - height;
  const isWide = anchor.left + width <= window.innerWidth - EDGE_PX;
  const left = isWide ? anchor.left : anchor.right - width;
  element.style.top = `${within(top, window.innerHeight - height)}px`;
  element.style.left = `${within(left, window.innerWidth - width)}px`;
}

function within(start: number, end: number): number {
  return Math.max(EDGE_PX, Math.min(start, end - EDGE_PX));
}
