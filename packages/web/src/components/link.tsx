/** A link within the page: a real address that is followed without a page load. */
import type { ComponentProps, MouseEvent } from 'react';
import { navigate } from '../hooks/use-route.ts';

interface LinkProps extends Omit<ComponentProps<'a'>, 'href' | 'onClick'> {
  readonly to: string;
  /** Called after the link was followed within the page. */
  readonly onFollow?: () => void;
}

export function Link({ to, onFollow, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    const wantsNewTab = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0;
    if (wantsNewTab) return;
    event.preventDefault();
    navigate(to);
    onFollow?.();
  };
  return (
    <a {...rest} href={to} onClick={follow}>
      {children}
    </a>
  );
}
