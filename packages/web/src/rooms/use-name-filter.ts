/** Selects what a text names. Outside of the first load, whose lists show everything. */
import { matchName } from '@parley/client';
import { useCallback } from 'react';
import type { NameFilter } from './room-rows.ts';

export function useNameFilter(text: string): NameFilter {
  return useCallback((names) => matchName(names, text), [text]);
}
