/**
 * Text with names that users chose, each in its own `bdi`: a name cannot change the
 * direction of the words around it.
 */
import { Fragment } from 'react';

interface BidiIsolateProps {
  readonly text: string;
  /** In the order of the text; names that are not in the text are skipped. */
  readonly names: readonly string[];
}

export function BidiIsolate({ text, names }: BidiIsolateProps) {
  let from = 0;
  const parts = names.flatMap((name, index) => {
    const at = name === '' ? -1 : text.indexOf(name, from);
    if (at < 0) return [];
    const before = text.slice(from, at);
    from = at + name.length;
    return [
      // biome-ignore lint/suspicious/noArrayIndexKey: a name may stand there twice
      <Fragment key={index}>
        {before}
        <bdi>{name}</bdi>
      </Fragment>,
    ];
  });
  // One element, so that a flex row with gaps does not split the sentence.
  return (
    <span>
      {parts}
      {text.slice(from)}
    </span>
  );
}
