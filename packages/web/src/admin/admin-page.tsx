/** Administration of the server, for its owners and admins. Loaded on the first use. */
import { ChatError, type ErrorCode, findServerRole, type ServerRole } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import {
  ADMIN_AUDIT_PATH,
  ADMIN_EMOJI_PATH,
  ADMIN_GROUPS_PATH,
  ADMIN_INVITES_PATH,
  ADMIN_PATH,
  ADMIN_REPORTS_PATH,
  ADMIN_SERVER_PATH,
  type AdminSection,
} from '../route.ts';
import { adminStrings as texts } from '../strings/admin.ts';
import { auditStrings } from '../strings/audit.ts';
import { customEmojiStrings } from '../strings/custom-emoji.ts';
import { reportStrings } from '../strings/reports.ts';
import { serverStrings } from '../strings/server.ts';
import { strings } from '../strings/strings.ts';
import { userGroupStrings } from '../strings/user-groups.ts';
import classes from './admin-page.module.css';
import { AuditSection } from './audit-section.tsx';
import { EmojiSection } from './emoji-section.tsx';
import { GroupSection } from './group-section.tsx';
import { InviteSection } from './invite-section.tsx';
import { PeopleSection } from './people-section.tsx';
import { ReportSection } from './report-section.tsx';
import { ServerSection } from './server-section.tsx';

interface AdminPageProps {
  readonly section: AdminSection;
}

const SECTIONS: readonly {
  readonly section: AdminSection;
  readonly path: string;
  readonly title: string;
}[] = [
  { section: 'people', path: ADMIN_PATH, title: texts.people.title },
  { section: 'groups', path: ADMIN_GROUPS_PATH, title: userGroupStrings.title },
  { section: 'emoji', path: ADMIN_EMOJI_PATH, title: customEmojiStrings.title },
  { section: 'reports', path: ADMIN_REPORTS_PATH, title: reportStrings.reports },
  { section: 'invites', path: ADMIN_INVITES_PATH, title: texts.invites.title },
  { section: 'audit', path: ADMIN_AUDIT_PATH, title: auditStrings.title },
  { section: 'server', path: ADMIN_SERVER_PATH, title: serverStrings.title },
];

export default function AdminPage({ section }: AdminPageProps) {
  const { client } = useChat();
  const [role, setRole] = useState<ServerRole>();
  const [failure, setFailure] = useState<ErrorCode>();
  const [tries, setTries] = useState(1);
  const title = useRef<HTMLHeadingElement>(null);
  const isAdmin = role === 'owner' || role === 'admin';
  const mayEnter = isAdmin || (role === 'moderator' && section === 'reports');
  useEffect(() => title.current?.focus(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again with each try
  useEffect(() => {
    let isCurrent = true;
    setFailure(undefined);
    findServerRole(client)
      .then((found) => isCurrent && setRole(found))
      .catch((error: unknown) => isCurrent && setFailure(ChatError.from(error).code));
    return () => {
      isCurrent = false;
    };
  }, [client, tries]);
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1 ref={title} tabIndex={-1}>
          {texts.title}
        </h1>
      </ColumnHeader>
      {failure !== undefined && (
        <EmptyState title={texts.title} text={strings.error(failure)}>
          <Button kind="primary" onClick={() => setTries(tries + 1)}>
            {strings.tryAgain}
          </Button>
        </EmptyState>
      )}
      {failure === undefined && role === undefined && (
        <Skeleton name={texts.loading} shape="rooms" />
      )}
      {role !== undefined && !mayEnter && (
        <EmptyState title={texts.notForYou} text={texts.notForYouText} />
      )}
      {role !== undefined && mayEnter && (
        <div className={classes['page']}>
          <nav className={classes['sections']} aria-label={texts.sections}>
            {(isAdmin ? SECTIONS : SECTIONS.filter((each) => each.section === 'reports')).map(
              ({ path, section: each, title }) => (
                <Link key={each} to={path} aria-current={section === each ? 'page' : undefined}>
                  {title}
                </Link>
              ),
            )}
          </nav>
          {section === 'reports' && <ReportSection />}
          {section === 'people' && <PeopleSection role={role} />}
          {section === 'groups' && <GroupSection />}
          {section === 'emoji' && <EmojiSection />}
          {section === 'invites' && <InviteSection />}
          {section === 'audit' && <AuditSection />}
          {section === 'server' && <ServerSection />}
        </div>
      )}
    </>
  );
}
