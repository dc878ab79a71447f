/** A block of code with its language and a button that copies it. */
import { showBidiControls } from '@parley/client';
import { Suspense, useEffect, useState } from 'react';
import { lazyUntilLoaded } from '../components/lazy-until-loaded.ts';
import { copyText } from '../copy-text.ts';
import { usePhoneLayout } from '../hooks/use-phone-layout.ts';
import { messageStrings } from '../strings/message.ts';
import classes from './code-block.module.css';

/** Outside of the first load. */
const TEXTS = { copy: 'Copy code', copied: 'Copied code' } as const;

const HighlightedCode = lazyUntilLoaded(() => import('./highlighted-code.tsx'));

interface CodeBlockProps {
  readonly language: string;
  readonly text: string;
  /** The button is a tab stop only while its message is hovered or focused. */
  readonly isReachable: boolean;
}

/** How long the button says that the code was copied. */
const COPIED_MS = 2_000;

export default function CodeBlock({ language, text, isReachable }: CodeBlockProps) {
  const [isCopied, setIsCopied] = useState(false);
  const scrolls = usePhoneLayout();
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const shown = showBidiControls(text);
  const copy = (): void => {
    void copyText(text).then(setIsCopied);
  };
  return (
    <div className={classes['block']} data-scrolls={scrolls}>
      <span className={classes['tools']}>
        {language !== '' && <span className={classes['language']}>{language}</span>}
        <button
          type="button"
          className={classes['copy']}
          aria-label={isCopied ? TEXTS.copied : TEXTS.copy}
          tabIndex={isReachable ? 0 : -1}
          onClick={copy}
        >
          {isCopied ? messageStrings.copied : messageStrings.copy}
        </button>
      </span>
      <pre className={classes['code']} dir="ltr" tabIndex={scrolls ? 0 : undefined}>
        <code>
          <Suspense fallback={shown}>
            {language === '' ? shown : <HighlightedCode language={language} text={shown} />}
          </Suspense>
        </code>
      </pre>
    </div>
  );
}
