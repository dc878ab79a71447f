/** An account in the list of people: role, last time seen, and what may be done to it. */
import type { ManagedAccount, ServerRole } from '@parley/client';
import { useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { IconButton } from '../components/icon-button.tsx';
import { Menu, type MenuItem } from '../components/menu.tsx';
import { absoluteTime, recentTime } from '../format-time.ts';
import { PersonFace } from '../people/person-face.tsx';
import { useAvatarUrl } from '../people/use-shown-name.ts';
import { adminStrings } from '../strings/admin.ts';
import { deletionStrings } from '../strings/deletion.ts';
import classes from './admin-page.module.css';

const texts = adminStrings.people;
const ROLES: readonly ServerRole[] = ['owner', 'admin', 'moderator', 'member', 'guest'];

export interface RowResult {
  readonly text: string;
  readonly isProblem: boolean;
}

interface AccountRowProps {
  readonly account: ManagedAccount;
  readonly ownRole: ServerRole;
  /** Outcome of the last action on the account. */
  readonly result: RowResult | undefined;
  readonly onRole: (role: ServerRole) => void;
  readonly onDisable: () => void;
  readonly onEnable: () => void;
  readonly onEndSessions: () => void;
  readonly onRemoveAvatar: () => void;
  readonly onReset: () => void;
  readonly onDelete: () => void;
  readonly onPurge: () => void;
}

export function AccountRow(props: AccountRowProps) {
  const { account, ownRole, result } = props;
  const { user } = useChat();
  const [isOpen, setIsOpen] = useState(false);
  const hasAvatar = useAvatarUrl(account.id) !== undefined;
  const opener = useRef<HTMLButtonElement>(null);
  const { id, username, displayName, role, disabled, factors } = account;
  const isSelf = id === user.id;
  // The server decides; the page offers nothing that it always rejects.
  const mayChange = !isSelf && (ownRole === 'owner' || role !== 'owner');
  const mayTakeOver = ownRole === 'owner' || (role !== 'owner' && role !== 'admin');
  const isLower = ROLES.indexOf(role) > ROLES.indexOf(ownRole);
  const roles = ROLES.filter(
    (each) => each === role || ownRole === 'owner' || !['owner', 'admin'].includes(each),
  );
  const items: readonly MenuItem[] = [
    { icon: 'leave', name: texts.endSessions, onSelect: props.onEndSessions },
    ...(hasAvatar
      ? [{ icon: 'person', name: texts.removeAvatar, onSelect: props.onRemoveAvatar } as const]
      : []),
    ...(mayTakeOver && !disabled
      ? [{ icon: 'link', name: texts.reset, onSelect: props.onReset } as const]
      : []),
    disabled
      ? { icon: 'check', name: texts.enable, onSelect: props.onEnable }
      : { icon: 'lock', name: texts.disable, isDanger: true, onSelect: props.onDisable },
    ...(isLower
      ? ([
          {
            icon: 'trash',
            name: deletionStrings.purgeItem,
            isDanger: true,
            onSelect: props.onPurge,
          },
          { icon: 'trash', name: deletionStrings.item, isDanger: true, onSelect: props.onDelete },
        ] as const)
      : []),
  ];
  return (
    <li className={classes['row']}>
      <PersonFace userId={id} name={displayName} status={undefined} size="medium" />
      <span className={classes['name']}>
        <bdi>{displayName}</bdi>
        <small className={classes['note']}>
          <bdi>@{username}</bdi>
          {' · '}
          {isSelf ? texts.you : seenText(account)}
          {factors.includes('totp') && ` · ${texts.twoStep}`}
          {factors.includes('passkey') && ` · ${texts.passkey}`}
          {account.unconfirmed === true && ` · ${texts.unconfirmed}`}
          {disabled && <strong> · {disabledText(account)}</strong>}
        </small>
      </span>
      {mayChange && roles.length > 1 ? (
        <select
          className={classes['role']}
          aria-label={texts.roleOf(displayName)}
          value={role}
          onChange={({ target }) => props.onRole(target.value as ServerRole)}
        >
          {roles.map((each) => (
            <option key={each} value={each}>
              {texts.roles[each]}
            </option>
          ))}
        </select>
      ) : (
        <span>{texts.roles[role]}</span>
      )}
      {mayChange ? (
        <IconButton
          ref={opener}
          icon="more"
          name={texts.actionsFor(displayName)}
          aria-haspopup="menu"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        />
      ) : (
        <span />
      )}
      <p role="status" className={result?.isProblem ? classes['problem'] : classes['result']}>
        {result?.text}
      </p>
      {isOpen && (
        <Menu
          name={texts.actionsFor(displayName)}
          items={items}
          opener={opener}
          onClose={() => setIsOpen(false)}
        />
      )}
    </li>
  );
}

function seenText({ lastSeenAt }: ManagedAccount): string {
  if (lastSeenAt === null) return texts.neverSeen;
  return texts.lastSeen(recentTime(Date.parse(lastSeenAt), Date.now()));
}

function disabledText({ disabledUntil }: ManagedAccount): string {
  if (disabledUntil === undefined) return texts.disabled;
  return texts.disabledUntil(absoluteTime(Date.parse(disabledUntil)));
}
