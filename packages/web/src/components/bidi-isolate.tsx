/** A text with names in it that others chose: no direction of theirs turns the words around them. */
import { Fragment } from 'react';

export interface BidiIsolateProps {
  readonly text: string;
  /** In the order in which they stand in the text; what is not in it is passed over. */
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
  // One element, so that a row with gaps takes it as one.
  return (
    <span>
      {parts}
      {text.slice(from)}
    </span>
  );
}
