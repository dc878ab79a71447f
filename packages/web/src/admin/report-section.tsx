/** The open reports of users, and what moderators do about them. */
import {
  ChatError,
  closeReport,
  listReports,
  type Report,
  type ReportAction,
  type ReportedMessage,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Link } from '../components/link.tsx';
import { recentTime } from '../format-time.ts';
import { focusTitle } from '../hooks/focus.ts';
import { withProof } from '../proof/with-proof.ts';
import { roomPath } from '../route.ts';
import { reportStrings as texts } from '../strings/reports.ts';
import { strings } from '../strings/strings.ts';
import classes from './admin-page.module.css';
import { ReportDecisionDialog } from './report-decision-dialog.tsx';

interface Shown {
  readonly reports: readonly Report[];
  readonly next: string | undefined;
}

interface Asked {
  readonly report: Report;
  readonly action: ReportAction;
  readonly button: Element;
}

export function ReportSection() {
  const { client } = useChat();
  const [shown, setShown] = useState<Shown>();
  const [note, setNote] = useState<string>();
  const [asked, setAsked] = useState<Asked>();

  const load = async (former?: Shown): Promise<void> => {
    try {
      const page = await listReports(client, { after: former?.next });
      setShown({ reports: [...(former?.reports ?? []), ...page.reports], next: page.next });
    } catch (error) {
      setNote(strings.error(ChatError.from(error).code));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each client
  useEffect(() => {
    void load();
    return client.onNotice('reports_changed', () => void load());
  }, [client]);

  const decide = async (
    { report, action, button }: Asked,
    choice: { readonly until?: Date; readonly reason?: string },
  ): Promise<void> => {
    let outcome: string = texts.done(report.user.displayName);
    try {
      await withProof(client, () => closeReport(client, report.id, { action, ...choice }));
    } catch (error) {
      const { code } = ChatError.from(error);
      if (code !== 'CONFLICT') throw error;
      outcome = texts.notClosed(code);
    }
    focusTitle(button);
    setNote(outcome);
    // An action closes all reports about the same message or person.
    setShown(
      (before) =>
        before && {
          ...before,
          reports: before.reports.filter((each) => isOpen(each, report, action)),
        },
    );
  };
  return (
    <section className={classes['section']} aria-label={texts.reports}>
      <h2 tabIndex={-1}>{texts.open}</h2>
      <p role="status" className={classes['result']}>
        {note}
      </p>
      {shown !== undefined && shown.reports.length === 0 && <p>{texts.none}</p>}
      {shown !== undefined && shown.reports.length > 0 && (
        <ul aria-label={texts.open}>
          {shown.reports.map((report) => (
            <ReportRow
              key={report.id}
              report={report}
              onAsk={(action, button) => setAsked({ report, action, button })}
            />
          ))}
        </ul>
      )}
      {shown?.next !== undefined && <Button onClick={() => void load(shown)}>{texts.more}</Button>}
      {asked !== undefined && (
        <ReportDecisionDialog
          {...asked}
          onDecide={(choice) => decide(asked, choice)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}

interface ReportRowProps {
  readonly report: Report;
  readonly onAsk: (action: ReportAction, button: Element) => void;
}

function ReportRow({ report, onAsk }: ReportRowProps) {
  const { user, reporter, reason, message } = report;
  const time = recentTime(Date.parse(report.createdAt), Date.now());
  const actions: readonly ReportAction[] =
    message === undefined
      ? ['dismiss', 'warn', 'suspend']
      : ['dismiss', 'delete', 'warn', 'mute', 'suspend'];
  return (
    <li className={classes['report']}>
      <strong>
        <bdi>{texts.about(user.displayName)}</bdi>
      </strong>
      <p dir="auto">{reason}</p>
      {message !== undefined && <Reported message={message} />}
      <small className={classes['note']}>
        <bdi>
          {reporter === undefined ? texts.automatic(time) : texts.by(reporter.displayName, time)}
        </bdi>
      </small>
      <div className={classes['reportActions']}>
        {actions.map((action) => (
          <Button
            key={action}
            aria-label={texts.actionFor(action, user.displayName)}
            onClick={({ currentTarget }) => onAsk(action, currentTarget)}
          >
            {texts.actions[action]}
          </Button>
        ))}
      </div>
    </li>
  );
}

function Reported({ message }: { readonly message: ReportedMessage }) {
  const { content, files, roomId, roomName } = message;
  return (
    <>
      {content !== '' && (
        <blockquote className={classes['reported']} dir="auto">
          {content}
        </blockquote>
      )}
      {files.length > 0 && (
        <p className={classes['note']} dir="auto">
          {texts.files(files)}
        </p>
      )}
      {roomName !== undefined && (
        <Link to={`${roomPath(roomId)}/messages/${message.id}`}>
          <bdi>{texts.inRoom(roomName)}</bdi>
        </Link>
      )}
    </>
  );
}

function isOpen(each: Report, decided: Report, action: ReportAction): boolean {
  if (each.id === decided.id) return false;
  const isSameTarget = each.message?.id === decided.message?.id && each.user.id === decided.user.id;
  return action === 'dismiss' || !isSameTarget;
}
