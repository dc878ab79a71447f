/**
 * Tracks whether a user is logged in, and what that user has on this page
 * (`account-sessions.ts`).
 */
import { type Account, ChatError, type UserPayload } from '@parley/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { navigate } from '../hooks/use-route.ts';
import { loadSignIn } from '../parts.ts';
import { HOME_PATH } from '../route.ts';
import { loadOfflineStorage, type Visit, type Visits } from './account-sessions.ts';
import { readKnownUser } from './known-user.ts';

type Session =
  | { readonly kind: 'checking' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'logged_out'; readonly hasEnded: boolean }
  /** Another tab logged in as a different user, `other`; undefined until that user is known. */
  | {
      readonly kind: 'somebody_else';
      readonly user: UserPayload;
      readonly other: UserPayload | undefined;
    }
  | ({ readonly kind: 'logged_in' } & Visit);

interface SessionActions {
  /**
   * @param end Ends the session in another way.
   * @throws {ChatError} The user is still logged in.
   */
  readonly logOut: (end?: () => Promise<void>) => Promise<void>;
  /** Continues as the user who is now logged in with this browser. */
  readonly enter: (user: UserPayload) => void;
}

const RETRY_MS = 3_000;

/** @param first The visit that the page begins with; if there is none, the server is asked. */
export function useSession(
  account: Account,
  visits: Visits,
  first: Visit | undefined,
): readonly [Session, SessionActions] {
  const [session, setSession] = useState<Session>(
    first === undefined ? { kind: 'checking' } : { kind: 'logged_in', ...first },
  );
  const isLoggingOut = useRef(false);

  const enter = useCallback(
    (user: UserPayload, isOffline = false): void => {
      // A room that one user opened means nothing to another user.
      if (visits.latest !== undefined && visits.latest !== user.id) navigate(HOME_PATH);
      setSession({ kind: 'logged_in', ...visits.enter(user, isOffline) });
    },
    [visits],
  );

  useCheck({ session, setSession, account, enter });
  useEndOfSession({ session, setSession, visits, isLoggingOut });
  useOther({ session, setSession, account, enter });
  useUnloadQuestion(visits);

  const logOut = useCallback(
    async (end = () => account.logOut()) => {
      if (session.kind !== 'logged_in') return;
      isLoggingOut.current = true;
      visits.leave(session.user.id);
      // Deletions that can still be undone: after the logout it is too late.
      session.client.flush();
      try {
        await end();
      } catch (error) {
        const isLoggedIn = await isStillLoggedIn(account, session);
        if (isLoggedIn === true) visits.stay(session.user.id);
        if (isLoggedIn !== false) throw error;
      } finally {
        isLoggingOut.current = false;
      }
      leaveVisit({ session, setSession, visits });
    },
    [account, visits, session],
  );

  return [session, { logOut, enter }];
}

/**
 * Whether the user is logged in after a logout that failed, or whose answer was lost; `undefined` if
 * the server does not say.
 */
async function isStillLoggedIn(
  account: Account,
  { client, user }: Visit,
): Promise<boolean | undefined> {
  const answer = await account.whoAmI().catch(() => undefined);
  const { kind } = client.getSnapshot().connection;
  if (kind === 'unauthorized' || kind === 'closed') return false;
  return answer && answer.kind === 'logged_in' && answer.user.id === user.id;
}

interface CheckParts {
  readonly session: Session;
  readonly setSession: (session: Session) => void;
  readonly account: Account;
  readonly enter: (user: UserPayload, isOffline?: boolean) => void;
}

/** Asks the server who is logged in, until it answers. */
function useCheck({ session, setSession, account, enter }: CheckParts): void {
  useEffect(() => {
    if (session.kind !== 'checking' && session.kind !== 'unreachable') return;
    let isCurrent = true;
    const check = async (): Promise<void> => {
      try {
        const answer = await account.whoAmI();
        if (!isCurrent) return;
        if (answer.kind === 'logged_in') enter(answer.user);
        else {
          // Without its code, React would show a fallback for 300 ms at least.
          await loadSignIn().catch(() => {});
          if (isCurrent) setSession({ kind: 'logged_out', hasEnded: false });
        }
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        if (!isCurrent) return;
        const known = readKnownUser();
        if (known === undefined) setSession({ kind: 'unreachable' });
        // The connection checks the session as soon as the server answers.
        else enter(known, true);
      }
    };
    // Removes data of a user whose session has expired.
    loadOfflineStorage()
      .then(({ removeExpired }) => removeExpired())
      .catch(() => {});
    // The first request is sent at once, each further one after a wait.
    const timer = setTimeout(() => void check(), session.kind === 'checking' ? 0 : RETRY_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [session, setSession, account, enter]);
}

interface EndParts {
  readonly session: Session;
  readonly setSession: (session: Session) => void;
  readonly visits: Visits;
}

/** Shows the login page. */
function leaveVisit({ session, setSession, visits }: EndParts): void {
  if (session.kind !== 'logged_in') return;
  const { client, user } = session;
  const { connection } = client.getSnapshot();
  const hasAsked = visits.endIfLeaving(user.id);
  if (!hasAsked) {
    visits.endSession(
      user.id,
      connection.kind === 'unauthorized' ? connection.sessionEnd : undefined,
    );
  }
  if (hasAsked) navigate(HOME_PATH);
  setSession({ kind: 'logged_out', hasEnded: !hasAsked });
}

/**
 * Returns to the login page if the server reports that the session ended or belongs to
 * another user. During a logout the page waits for the answer to that request: it deletes
 * the cookie, which could by then be the cookie of the next login.
 */
function useEndOfSession(parts: EndParts & { readonly isLoggingOut: { current: boolean } }): void {
  const { session, setSession, visits, isLoggingOut } = parts;
  useEffect(() => {
    if (session.kind !== 'logged_in') return;
    const { client, user } = session;
    const look = (): void => {
      const { connection } = client.getSnapshot();
      if (isLoggingOut.current) return;
      if (connection.kind === 'unauthorized') leaveVisit({ session, setSession, visits });
      else if (connection.kind === 'closed' && connection.reason === 'somebody_else') {
        visits.forget(user.id);
        setSession({ kind: 'somebody_else', user, other: undefined });
      }
    };
    look();
    return client.subscribe(look);
  }, [session, setSession, visits, isLoggingOut]);
}

/** Asks who is logged in now; until that is known, the page only offers to log in. */
function useOther({ session, setSession, account, enter }: CheckParts): void {
  useEffect(() => {
    if (session.kind !== 'somebody_else' || session.other !== undefined) return;
    let isCurrent = true;
    const ask = async (): Promise<void> => {
      const answer = await account.whoAmI();
      if (!isCurrent) return;
      if (answer.kind === 'logged_out') setSession({ kind: 'logged_out', hasEnded: true });
      // The same user logged in again in the other tab.
      else if (answer.user.id === session.user.id) enter(answer.user);
      else setSession({ ...session, other: answer.user });
    };
    ask().catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
    });
    return () => {
      isCurrent = false;
    };
  }, [session, setSession, account, enter]);
}

/** Asks before the page unloads with unsent messages that could not be stored. */
function useUnloadQuestion(visits: Visits): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (visits.hasUnstored) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [visits]);
}
