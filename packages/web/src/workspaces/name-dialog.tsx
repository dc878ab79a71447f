/** Asks for the name of a workspace or channel. */
import { useState } from 'react';
import { FormDialog, type FormDialogProps } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { useTypedAhead } from '../components/typed-ahead.tsx';

interface NameDialogProps extends Omit<FormDialogProps, 'onSubmit' | 'children'> {
  /** Label of the field. */
  readonly label: string;
  /** The current name. */
  readonly value?: string;
  readonly onSubmit: (name: string) => Promise<void>;
}

export function NameDialog({ label, value = '', onSubmit, ...dialog }: NameDialogProps) {
  const [name, setName] = useState(value);
  useTypedAhead(setName);
  return (
    <FormDialog {...dialog} onSubmit={() => onSubmit(name)}>
      <TextField
        label={label}
        value={name}
        autoComplete="off"
        autoFocus={true}
        required={true}
        onChange={({ target }) => setName(target.value)}
      />
    </FormDialog>
  );
}
