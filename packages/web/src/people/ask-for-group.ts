/** Opens the dialog that shows the members of a group of users. */
import type { UserGroup } from '@parley/client';
import { askable } from '../components/asked.ts';

export const { ask: askForGroup, answer: answerGroups } = askable<UserGroup>();
