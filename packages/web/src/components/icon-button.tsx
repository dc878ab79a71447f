/** A square button with an icon. Its name is read by screen readers and shown on hover. */
import type { ComponentProps } from 'react';
import { Icon, type IconName } from './icon.tsx';
import classes from './icon-button.module.css';

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children' | 'title'> {
  readonly icon: IconName;
  readonly name: string;
}

export function IconButton({ icon, name, className, type = 'button', ...rest }: IconButtonProps) {
  const names = [classes['button'], className].filter(Boolean).join(' ');
  return (
    <button {...rest} type={type} className={names} aria-label={name} title={name}>
      <Icon name={icon} />
    </button>
  );
}
