/** Beside the name of a user for whom a program writes, such as the assistant. */
import { strings } from '../strings/strings.ts';
import classes from './bot-mark.module.css';
import { useIsBot } from './use-shown-name.ts';

export function BotMark({ userId }: { readonly userId: string }) {
  return useIsBot(userId) && <BotLabel />;
}

export function BotLabel() {
  return <span className={classes['bot']}>{strings.people.bot}</span>;
}
