/** Header of a column, 52 px high. */
import type { ReactNode } from 'react';
import classes from './column-header.module.css';

export function ColumnHeader({ children }: { readonly children: ReactNode }) {
  return <header className={classes['header']}>{children}</header>;
}
