/** Shows the members of a group of users that a message mentions. */
import {
  ChatError,
  listUserGroupMembers,
  type UserGroup,
  type UserGroupMembersPage,
} from '@parley/client';
import { type CSSProperties, useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Link } from '../components/link.tsx';
import { personPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import { userGroupStrings as texts } from '../strings/user-groups.ts';
import { answerGroups } from './ask-for-group.ts';
import { Avatar } from './avatar.tsx';
import { fullName } from './full-name.ts';
import classes from './people-picker.module.css';

export default function UserGroupDialog() {
  const [group, setGroup] = useState<UserGroup>();
  useEffect(() => answerGroups(setGroup), []);
  return (
    group !== undefined && (
      <GroupMembers key={group.id} group={group} onClose={() => setGroup(undefined)} />
    )
  );
}

interface GroupMembersProps {
  readonly group: UserGroup;
  readonly onClose: () => void;
}

function GroupMembers({ group, onClose }: GroupMembersProps) {
  const { client } = useChat();
  const [page, setPage] = useState<UserGroupMembersPage>();
  const [problem, setProblem] = useState<string>();
  const load = async (former?: UserGroupMembersPage): Promise<void> => {
    try {
      const { members, next } = await listUserGroupMembers(client, group.id, former?.next);
      setPage({ members: [...(former?.members ?? []), ...members], ...(next && { next }) });
    } catch (error) {
      setProblem(strings.error(ChatError.from(error).code));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each group
  useEffect(() => void load(), [client, group.id]);
  const { handle, name, memberCount } = group;
  return (
    <Dialog
      title={name}
      names={[name]}
      text={`@${handle} · ${texts.members(memberCount)}`}
      problem={problem}
      onClose={onClose}
    >
      <ul
        className={classes['members']}
        style={{ '--members': memberCount } as CSSProperties}
        aria-label={texts.of(handle)}
      >
        {page?.members.map((person) => (
          <li key={person.id}>
            <Link to={personPath(person.username)} className={classes['person']} onFollow={onClose}>
              <Avatar userId={person.id} name={fullName(person, person.username)} size="medium" />
              <bdi>{person.displayName ?? person.username}</bdi>
              <small className={classes['username']}>@{person.username}</small>
            </Link>
          </li>
        ))}
      </ul>
      {page?.next !== undefined && <Button onClick={() => void load(page)}>{texts.more}</Button>}
      <Button kind="primary" onClick={onClose}>
        {strings.close}
      </Button>
    </Dialog>
  );
}
