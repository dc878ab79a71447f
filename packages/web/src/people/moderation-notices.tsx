/**
 * Shows the warnings of moderators until they are dismissed, to moderators how many reports are open,
 * and the dialog that reports to them.
 */
import { dismissWarning, listReports, listWarnings, type ModerationWarning } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Link } from '../components/link.tsx';
import { atEachConnection } from '../hooks/at-each-connection.ts';
import { useRoute } from '../hooks/use-route.ts';
import { useIsServerModerator } from '../hooks/use-server-role.ts';
import { ADMIN_REPORTS_PATH } from '../route.ts';
import { reportStrings as texts } from '../strings/reports.ts';
import { answerReports, type ReportTarget } from './ask-for-report.ts';
import classes from './moderation-notices.module.css';
import { ReportDialog } from './report-dialog.tsx';

export default function ModerationNotices() {
  const { client } = useChat();
  const [warnings, setWarnings] = useState<readonly ModerationWarning[]>([]);
  const [target, setTarget] = useState<ReportTarget>();
  useEffect(() => answerReports(setTarget), []);
  useEffect(() => {
    let isCurrent = true;
    const load = (): void => {
      listWarnings(client)
        .then((listed) => isCurrent && setWarnings(listed))
        // Tried again with the next connection.
        .catch(() => {});
    };
    const end = atEachConnection(client, load);
    const endWarnings = client.onNotice('moderation_warning', load);
    return () => {
      isCurrent = false;
      end();
      endWarnings();
    };
  }, [client]);
  const dismiss = (id: string): void => {
    setWarnings((before) => before.filter((each) => each.id !== id));
    // If it fails, the warning is shown again at the next start.
    dismissWarning(client, id).catch(() => {});
  };
  return (
    <>
      <OpenReports />
      <div role="alert">
        {warnings.map(({ id, reason, content }) => (
          <div key={id} className={classes['warning']}>
            <div className={classes['text']}>
              <strong>{texts.warning}</strong>
              {reason !== '' && <p dir="auto">{reason}</p>}
              {content !== '' && (
                <p className={classes['content']} dir="auto">
                  {texts.warnedAbout(content)}
                </p>
              )}
            </div>
            <Button onClick={() => dismiss(id)}>{texts.dismissWarning}</Button>
          </div>
        ))}
      </div>
      {target !== undefined && (
        <ReportDialog target={target} onClose={() => setTarget(undefined)} />
      )}
    </>
  );
}

/** The number of open reports, until the moderator opens their list or puts it off. */
function OpenReports() {
  const { client } = useChat();
  const mayRead = useIsServerModerator();
  const route = useRoute();
  const [open, setOpen] = useState(0);
  /** Shown again when there are more. */
  const [seen, setSeen] = useState(0);
  useEffect(() => {
    if (!mayRead) return;
    let isCurrent = true;
    const load = (): void => {
      listReports(client, { limit: 1 })
        .then((page) => {
          if (!isCurrent) return;
          setOpen(page.open);
          setSeen((before) => Math.min(before, page.open));
        })
        // Tried again with the next connection.
        .catch(() => {});
    };
    const ends = [atEachConnection(client, load), client.onNotice('reports_changed', load)];
    return () => {
      isCurrent = false;
      for (const end of ends) end();
    };
  }, [client, mayRead]);
  const isListed = route.kind === 'admin' && route.section === 'reports';
  useEffect(() => {
    if (isListed) setSeen(open);
  }, [isListed, open]);
  return (
    <div role="status">
      {!isListed && open > seen && (
        <div className={classes['warning']}>
          <Link to={ADMIN_REPORTS_PATH} className={classes['text']}>
            {texts.openCount(open)}
          </Link>
          <Button kind="quiet" onClick={() => setSeen(open)}>
            {texts.later}
          </Button>
        </div>
      )}
    </div>
  );
}
