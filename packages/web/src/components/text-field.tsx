/** A labelled input with a hint; an error message replaces the hint. */
import { type ComponentProps, useId } from 'react';
import classes from './text-field.module.css';

interface TextFieldProps extends ComponentProps<'input'> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
}

export function TextField({ label, hint, problem, ...rest }: TextFieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  return (
    <div className={classes['field']}>
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
        className={classes['input']}
        aria-invalid={problem !== undefined}
        aria-describedby={noteId}
      />
      <p id={noteId} className={problem === undefined ? classes['hint'] : classes['problem']}>
        {problem ?? hint}
      </p>
    </div>
  );
}
