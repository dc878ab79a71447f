/** Shows a note in place of a part of the page that failed to load, instead of an empty page. */
import { Component, type ReactNode } from 'react';
import { strings } from '../strings/strings.ts';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';

interface LoadBoundaryProps {
  /** Elements around the note. */
  readonly frame?: (note: ReactNode) => ReactNode;
  readonly children: ReactNode;
}

export class LoadBoundary extends Component<LoadBoundaryProps, { readonly hasFailed: boolean }> {
  override readonly state = { hasFailed: false };

  static getDerivedStateFromError(): { readonly hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    const { children, frame = (note) => note } = this.props;
    if (!this.state.hasFailed) return children;
    const note = (
      <EmptyState title={strings.partFailed} text={strings.partFailedText}>
        <Button kind="primary" onClick={() => window.location.reload()}>
          {strings.reload}
        </Button>
      </EmptyState>
    );
    return frame(note);
  }
}
