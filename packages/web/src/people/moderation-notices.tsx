/** Shows the warnings of moderators until they are dismissed, and the dialog that reports to moderators. */
import { dismissWarning, listWarnings, type ModerationWarning } from '@parley/client';
import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { atEachConnection } from '../hooks/at-each-connection.ts';
import { useChat } from '../hooks/chat-context.ts';
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
    const endWarnings = client.onWarning(load);
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
