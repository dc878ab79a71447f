/** Beside the name of a user for whom a program writes, such as the assistant. */
import { strings } from '../strings/strings.ts';
import classes from './bot-mark.module.css';
import { useIsBot } from './use-shown-name.ts';

interface BotMarkProps {
  readonly userId: string;
  /** The caller knows it from the server. */
  readonly isBot?: boolean;
}

export function BotMark({ userId, isBot = false }: BotMarkProps) {
  const isKnownBot = useIsBot(userId);
  if (!isBot && !isKnownBot) return null;
  return <span className={classes['bot']}>{strings.people.bot}</span>;
}
