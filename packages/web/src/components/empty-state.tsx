/** Placeholder for an empty view: what the view is for, and its one action. */
import type { ReactNode } from 'react';
import classes from './empty-state.module.css';

interface EmptyViewProps {
  readonly title: ReactNode;
  readonly text: ReactNode;
  /** Renders the title as a heading if the view is the main content of the page. */
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
