/**
 * Changes that arrive while a page of history is loading. The page may be older than they
 * are, so they are applied to it too. Pure.
 */

/** Maximum number of changes remembered for one page; above it the page is dropped. */
const RECENT_MAX = 1_000;

export interface ChangesDuringPageLoad<C> {
  /** Undefined if no page is expected. */
  readonly recent: readonly C[] | undefined;
}

/** A page was requested: from now on changes are remembered for it. */
export function beginPageLoad<L extends ChangesDuringPageLoad<unknown>>(log: L): L {
  return { ...log, recent: [] };
}

/** No page is expected any more. */
export function endPageLoad<L extends ChangesDuringPageLoad<unknown>>(log: L): L {
  return { ...log, recent: undefined };
}

export function rememberChanges<L extends ChangesDuringPageLoad<unknown>>(
  log: L,
  changes: readonly unknown[],
): L {
  const recent = log.recent && [...log.recent, ...changes];
  return { ...log, recent: (recent?.length ?? 0) > RECENT_MAX ? undefined : recent };
}
