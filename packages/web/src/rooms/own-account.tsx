/** Foot of the first column: the user's own name, the theme, and the logout button. */
import { ChatError } from '@parley/client';
import { useState } from 'react';
import { Avatar } from '../components/avatar.tsx';
import type { IconName } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import { applyTheme, readTheme, storeTheme, type Theme } from '../theme.ts';
import classes from './own-account.module.css';

const NEXT_THEME: Readonly<Record<Theme, Theme>> = {
  system: 'light',
  light: 'dark',
  dark: 'system',
};
const THEME_ICONS: Readonly<Record<Theme, IconName>> = {
  system: 'system',
  light: 'light',
  dark: 'dark',
};

export function OwnAccount({ onLogOut }: { readonly onLogOut: () => Promise<void> }) {
  const { user } = useChat();
  const [theme, setTheme] = useState(readTheme);
  const [problem, setProblem] = useState<string>();

  const logOut = async (): Promise<void> => {
    setProblem(undefined);
    try {
      await onLogOut();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      setProblem(strings.account.logOutFailed);
    }
  };

  const changeTheme = (): void => {
    const next = NEXT_THEME[theme];
    setTheme(next);
    applyTheme(next);
    storeTheme(next);
  };

  return (
    <div className={classes['foot']}>
      <p className={classes['problem']} role="alert">
        {problem}
      </p>
      <div className={classes['line']}>
        <Avatar userId={user.id} username={user.username} size="medium" />
        <span className={classes['name']}>{user.username}</span>
        <IconButton icon={THEME_ICONS[theme]} name={strings.theme[theme]} onClick={changeTheme} />
        <IconButton icon="logOut" name={strings.account.logOut} onClick={() => void logOut()} />
      </div>
    </div>
  );
}
