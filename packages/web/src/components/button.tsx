/** A button: `primary` for the main action, `danger` for one that takes something away, `plain` for the rest, `quiet` within text. */
import type { ComponentProps } from 'react';
import classes from './button.module.css';

export interface ButtonProps extends ComponentProps<'button'> {
  readonly kind?: 'primary' | 'danger' | 'plain' | 'quiet';
}

export function Button({ kind = 'plain', className, type = 'button', ...rest }: ButtonProps) {
  const names = [classes['button'], classes[kind], className].filter(Boolean).join(' ');
  return <button {...rest} type={type} className={names} />;
}
