/** The link to the scheduled messages, if there are any. */

import { SCHEDULED_PATH } from '../route.ts';
import { useScheduled } from '../scheduled/use-scheduled.ts';
import { scheduledStrings as texts } from '../strings/scheduled.ts';
import { ColumnLink } from './column-link.tsx';

export default function ScheduledLink({ isHere }: { readonly isHere: boolean }) {
  const count = useScheduled()?.length ?? 0;
  if (count === 0 && !isHere) return null;
  const note = count > 0 ? String(count) : undefined;
  return (
    <ColumnLink to={SCHEDULED_PATH} icon="clock" name={texts.title} note={note} isHere={isHere} />
  );
}
