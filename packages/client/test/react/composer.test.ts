/** The message box without an appearance. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FormEvent, KeyboardEvent } from 'react';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Composer, type ComposerProps, type ComposerState } from '../../src/react/composer.ts';

/** The arguments that the composer passes to its function at the first rendering. */
function render(props: Partial<ComposerProps>): ComposerState {
  let given: ComposerState | undefined;
  const children = (composer: ComposerState): null => {
    given = composer;
    return null;
  };
  const defaults = { text: 'hello', setText: () => {}, onSend: () => {} };
  renderToStaticMarkup(createElement(Composer, { ...defaults, ...props, children }));
  return given ?? assert.fail('nothing was rendered');
}

interface Key {
  readonly shiftKey?: boolean;
  readonly isComposing?: boolean;
  readonly keyCode?: number;
}

/** Presses Enter. Returns whether the browser's own reaction was prevented. */
function pressEnter(
  { inputProps }: ComposerState,
  { shiftKey = false, isComposing, keyCode = 13 }: Key = {},
) {
  let isPrevented = false;
  const preventDefault = (): void => {
    isPrevented = true;
  };
  const nativeEvent = { isComposing, keyCode };
  const event = { key: 'Enter', shiftKey, nativeEvent, preventDefault };
  inputProps.onKeyDown(event as unknown as KeyboardEvent<HTMLInputElement>);
  return isPrevented;
}

describe('a composer', () => {
  test('sends on Enter, but not on a line break or the end of a composition', () => {
    let sent = 0;
    const composer = render({
      onSend: () => {
        sent += 1;
      },
    });
    assert.equal(pressEnter(composer, { shiftKey: true }), false);
    assert.equal(pressEnter(composer, { isComposing: true }), false);
    assert.equal(pressEnter(composer, { keyCode: 229 }), false, 'as Safari reports its end');
    assert.equal(sent, 0);
    assert.equal(pressEnter(composer), true);
    assert.equal(sent, 1);
  });

  test('leaves Enter to a touch keyboard, and sends with the button', () => {
    let sent = 0;
    const composer = render({
      sendsOnEnter: false,
      onSend: () => {
        sent += 1;
      },
    });
    assert.equal(pressEnter(composer), false);
    assert.equal(sent, 0);
    composer.formProps.onSubmit({ preventDefault: () => {} } as FormEvent);
    assert.equal(sent, 1);
  });

  test('does not send a text that is empty or too long, or while it is disabled', () => {
    const onSend = (): void => assert.fail('it was sent');
    for (const props of [{ text: ' ' }, { text: 'x'.repeat(10_001) }, { isDisabled: true }]) {
      const composer = render({ ...props, onSend });
      assert.equal(composer.canSend, false);
      pressEnter(composer);
      composer.formProps.onSubmit({ preventDefault: () => {} } as FormEvent);
    }
  });
});
