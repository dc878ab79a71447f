/** A text box that is as high as its text, up to the `max-height` of its class; then it scrolls. */
import type { ComponentProps } from 'react';
import classes from './growing-textarea.module.css';

interface GrowingTextareaProps extends ComponentProps<'textarea'> {
  readonly value: string;
}

export function GrowingTextarea({ className, value, ...rest }: GrowingTextareaProps) {
  const names = [classes['box'], className].filter(Boolean).join(' ');
  return (
    // The copy of the text sets the height of the box; the input overlays it.
    <div className={names} data-text={value}>
      <textarea {...rest} className={classes['input']} rows={1} value={value} />
    </div>
  );
}
