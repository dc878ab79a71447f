/** Code in the colours of its language. Loaded with the first code that names one. */
import { common, createLowlight } from 'lowlight';
import { Fragment, type ReactNode, useMemo } from 'react';
import classes from './highlighted-code.module.css';

interface HighlightedCodeProps {
  readonly language: string;
  readonly text: string;
}

/** Longer code stays plain: the colours must not delay the page. */
const LENGTH_MAX = 10_000;

const lowlight = createLowlight(common);

export default function HighlightedCode({ language, text }: HighlightedCodeProps) {
  return useMemo(() => {
    const known = language.toLowerCase();
    if (!lowlight.registered(known) || text.length > LENGTH_MAX) return text;
    return lowlight.highlight(known, text).children.map(toElement);
  }, [language, text]);
}

type Node = ReturnType<typeof lowlight.highlight>['children'][number];

function toElement(node: Node, index: number): ReactNode {
  // The tree has no ids, and its order never changes.
  const key = `${index}`;
  if (node.type === 'text') return <Fragment key={key}>{node.value}</Fragment>;
  if (node.type !== 'element') return null;
  return (
    <span key={key} className={classOf(node.properties['className'])}>
      {node.children.map(toElement)}
    </span>
  );
}

/** Our class for the first class of `highlight.js`; undefined if it has no colour. */
function classOf(names: unknown): string | undefined {
  const [first = ''] = Array.isArray(names) ? names : [];
  return classes[String(first).replace('hljs-', '').replace('_', '')];
}
