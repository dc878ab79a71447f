/** The search that is typed. The address follows after a pause; Back and Forward change the search. */
import { useEffect, useState } from 'react';
import { navigate } from '../hooks/use-route.ts';
import { parseSearch, type Search, searchPath } from './search-address.ts';

/** Browsers limit how often a page may change its address. */
const WRITE_DELAY_MS = 200;

/** @param query Of the address. */
export function useSearch(query: string): readonly [Search, (changed: Partial<Search>) => void] {
  const [search, setSearch] = useState(() => parseSearch(query));
  const [seen, setSeen] = useState(query);
  const path = searchPath(search);
  const written = searchPath(parseSearch(query));
  if (seen !== query) {
    setSeen(query);
    if (written !== path) setSearch(parseSearch(query));
  }
  useEffect(() => {
    if (path === written) return;
    const timer = setTimeout(() => navigate(path, { replace: true }), WRITE_DELAY_MS);
    return () => clearTimeout(timer);
  }, [path, written]);
  const change = (changed: Partial<Search>): void => setSearch({ ...search, ...changed });
  return [search, change];
}
