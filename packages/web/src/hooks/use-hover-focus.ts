/** Whether an element is hovered or contains the focus. */
import { type FocusEvent, useState } from 'react';

export interface ActiveHandlers {
  readonly onPointerEnter: () => void;
  readonly onPointerLeave: () => void;
  readonly onFocus: () => void;
  readonly onBlur: (event: FocusEvent) => void;
}

export function useHoverFocus(): readonly [isActive: boolean, handlers: ActiveHandlers] {
  const [isHovered, setIsHovered] = useState(false);
  const [hasFocus, setHasFocus] = useState(false);
  const handlers: ActiveHandlers = {
    onPointerEnter: () => setIsHovered(true),
    onPointerLeave: () => setIsHovered(false),
    onFocus: () => setHasFocus(true),
    onBlur: ({ currentTarget, relatedTarget }) => {
      if (!currentTarget.contains(relatedTarget)) setHasFocus(false);
    },
  };
  return [isHovered || hasFocus, handlers];
}
