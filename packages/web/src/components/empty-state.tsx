/** What stands where there is nothing yet: what it is for, and its one action. */
import type { ReactNode } from 'react';
import classes from './empty-state.module.css';

export interface EmptyViewProps {
  readonly title: ReactNode;
  readonly text: string;
  /** A heading where the view is the page's main content. */
  readonly isMain?: boolean;
  readonly children?: ReactNode;
}

export function EmptyState({ title, text, isMain = false, children }: EmptyViewProps) {
  const Title = isMain ? 'h1' : 'p';
  return (
    <div className={classes['view']}>
      <Title className={classes['title']}>{title}</Title>
      <p>{text}</p>
      {children}
    </div>
  );
}
