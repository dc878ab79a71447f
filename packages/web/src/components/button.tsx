/**
 * A button: `primary` for the main action, `danger` for a destructive one, `plain` for
 * others, `quiet` within text.
 */
import type { ComponentProps } from 'react';
import classes from './button.module.css';

interface ButtonProps extends ComponentProps<'button'> {
  readonly kind?: 'primary' | 'danger' | 'plain' | 'quiet';
}

export function Button({ kind = 'plain', className, type = 'button', ...rest }: ButtonProps) {
  const names = [classes['button'], classes[kind], className].filter(Boolean).join(' ');
  return <button {...rest} type={type} className={names} />;
}
