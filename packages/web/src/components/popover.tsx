/**
 * A surface in the top layer beside the element that opened it. The browser closes it on
 * Escape or a press outside, and the focus returns to the opener.
 */
import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';
import classes from './popover.module.css';

export interface PopoverProps {
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
    element.showPopover();
    place(element, anchor.getBoundingClientRect());
    element.querySelector<HTMLElement>('[data-autofocus], button, input, [tabindex]')?.focus();
    element.addEventListener('toggle', onToggle);
    return () => {
      element.removeEventListener('toggle', onToggle);
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

/** Below the opener if there is space, else above it; from its left edge, or to its right one. */
function place(element: HTMLElement, anchor: DOMRect): void {
  const { width, height } = element.getBoundingClientRect();
  const below = anchor.bottom + GAP_PX;
  const fits = below + height <= window.innerHeight - EDGE_PX;
  const top = fits ? below : Math.max(EDGE_PX, anchor.top - GAP_PX - height);
  const isWide = anchor.left + width <= window.innerWidth - EDGE_PX;
  const left = isWide ? anchor.left : anchor.right - width;
  element.style.top = `${top}px`;
  element.style.left = `${Math.max(EDGE_PX, left)}px`;
}
