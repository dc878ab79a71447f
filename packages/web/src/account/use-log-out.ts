import { ChatError } from '@parley/client';
import { useState } from 'react';
import { strings } from '../strings.ts';

export interface LogOut {
  readonly logOut: () => void;
  readonly isBusy: boolean;
  /** Why the user is still logged in. */
  readonly problem: string | undefined;
}

/** Logs out, once at a time, and keeps the reason if it fails. */
export function useLogOut(onLogOut: () => Promise<void>): LogOut {
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const run = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    setProblem(undefined);
    try {
      await onLogOut();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      setProblem(strings.account.logOutFailed);
    } finally {
      setIsBusy(false);
    }
  };
  return { logOut: () => void run(), isBusy, problem };
}
