/** Dialogs that are asked for by menus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askable } from '../../src/components/asked.ts';

test('a dialog that is asked for before its part is loaded opens with the part', () => {
  const { ask, answer } = askable<string>();
  const shown: string[] = [];
  ask('early');
  const end = answer((target) => shown.push(target));
  assert.deepEqual(shown, ['early']);
  ask('later');
  end();
  answer((target) => shown.push(`again ${target}`));
  assert.deepEqual(shown, ['early', 'later']);
});
