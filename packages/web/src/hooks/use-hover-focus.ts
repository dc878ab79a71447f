/** Whether an element is hovered or contains the focus. */
import { type FocusEvent, useState } from 'react';

interface ActiveHandlers {
  readonly onPointerOver: () => void;
  readonly onPointerLeave: () => void;
  readonly onFocus: () => void;
  readonly onBlur: (event: FocusEvent) => void;
}

export function useHoverFocus(): readonly [isActive: boolean, handlers: ActiveHandlers] {
  const [isHovered, setIsHovered] = useState(false);
  const [hasFocus, setHasFocus] = useState(false);
  const handlers: ActiveHandlers = {
    // Not `enter`, which React does not report if the element under the pointer was removed before.
    onPointerOver: () => setIsHovered(true),
    onPointerLeave: () => setIsHovered(false),
    onFocus: () => setHasFocus(true),
    onBlur: ({ currentTarget, relatedTarget }) => {
      if (!currentTarget.contains(relatedTarget)) setHasFocus(false);
    },
  };
  return [isHovered || hasFocus, handlers];
}
