/** A menu in a popover: arrow keys move, Home and End jump, Enter selects. */
import type { KeyboardEvent, RefObject } from 'react';
import { plainKey } from '../hooks/plain-key.ts';
import { Icon, type IconName } from './icon.tsx';
import classes from './menu.module.css';
import { Popover } from './popover.tsx';

export interface MenuItem {
  readonly icon: IconName;
  readonly name: string;
  readonly isDanger?: boolean;
  /** Set for a choice of several: whether it is the current one. */
  readonly isChecked?: boolean;
  readonly onSelect: () => void;
}

interface MenuProps {
  readonly name: string;
  readonly items: readonly MenuItem[];
  readonly opener: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
}

export function Menu({ name, items, opener, onClose }: MenuProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const next = nextIndex(plainKey(event), at, buttons.length);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[next]?.focus();
  };
  return (
    <Popover opener={opener} onClose={onClose}>
      <div className={classes['menu']} role="menu" aria-label={name} onKeyDown={onKeyDown}>
        {items.map((item) => (
          <button
            key={item.name}
            type="button"
            {...roleOf(item)}
            className={classes['item']}
            data-danger={item.isDanger === true}
            onClick={() => {
              onClose();
              item.onSelect();
            }}
          >
            <Icon name={item.icon} />
            {item.name}
            {item.isChecked === true && <Icon name="check" />}
          </button>
        ))}
      </div>
    </Popover>
  );
}

function roleOf({ isChecked }: MenuItem) {
  if (isChecked === undefined) return { role: 'menuitem' };
  return { role: 'menuitemradio', 'aria-checked': isChecked };
}

function nextIndex(key: string | undefined, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowUp':
      return (at - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
