/** Groups of users that a mention reaches together: to create, change and delete. */
import {
  ChatError,
  changeUserGroup,
  createUserGroup,
  deleteUserGroup,
  listUserGroupMembers,
  listUserGroups,
  type UserGroup,
  type UserPayload,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { PeoplePicker } from '../people/people-picker.tsx';
import { userGroupsOf } from '../people/user-groups.ts';
import { strings } from '../strings/strings.ts';
import { userGroupStrings as texts } from '../strings/user-groups.ts';
import classes from './admin-page.module.css';

interface Edited {
  readonly group: UserGroup | undefined;
  readonly members: readonly UserPayload[];
}

export function GroupSection() {
  const { client } = useChat();
  const [groups, setGroups] = useState<readonly UserGroup[]>();
  const [problem, setProblem] = useState<string>();
  const [edited, setEdited] = useState<Edited>();
  const [removed, setRemoved] = useState<UserGroup>();

  const load = async (): Promise<void> => {
    try {
      setGroups(await listUserGroups(client));
      setProblem(undefined);
    } catch (error) {
      setProblem(strings.error(ChatError.from(error).code));
    }
  };
  const reload = async (): Promise<void> => {
    await load();
    void userGroupsOf(client).refresh();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each client
  useEffect(() => void load(), [client]);

  const edit = async (group: UserGroup): Promise<void> => {
    try {
      const members: UserPayload[] = [];
      let next: string | undefined;
      do {
        const page = await listUserGroupMembers(client, group.id, next);
        members.push(...page.members);
        next = page.next;
      } while (next !== undefined);
      setEdited({ group, members });
    } catch (error) {
      setProblem(strings.error(ChatError.from(error).code));
    }
  };
  return (
    <section className={classes['section']} aria-label={texts.title}>
      <h2 tabIndex={-1}>{texts.title}</h2>
      <p className={classes['note']}>{texts.text}</p>
      <div>
        <Button kind="primary" onClick={() => setEdited({ group: undefined, members: [] })}>
          {texts.create}
        </Button>
      </div>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {groups?.length === 0 && <p>{texts.none}</p>}
      <ul aria-label={texts.list}>
        {groups?.map((group) => (
          <li key={group.id} className={classes['invite']}>
            <span className={classes['name']}>
              <bdi>{group.name}</bdi>
              <small className={classes['note']}>
                @{group.handle} · {texts.members(group.memberCount)}
              </small>
            </span>
            <span className={classes['reportActions']}>
              <Button aria-label={texts.editOf(group.handle)} onClick={() => void edit(group)}>
                {texts.edit}
              </Button>
              <Button
                kind="quiet"
                aria-label={texts.removeOf(group.handle)}
                onClick={() => setRemoved(group)}
              >
                {texts.remove}
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {edited !== undefined && (
        <GroupDialog edited={edited} onSaved={reload} onClose={() => setEdited(undefined)} />
      )}
      {removed !== undefined && (
        <FormDialog
          title={texts.removeOf(removed.handle)}
          text={texts.removeText}
          submit={texts.remove}
          isDanger={true}
          onSubmit={async () => {
            await deleteUserGroup(client, removed.id);
            await reload();
          }}
          onClose={() => setRemoved(undefined)}
        />
      )}
    </section>
  );
}

interface GroupDialogProps {
  readonly edited: Edited;
  readonly onSaved: () => Promise<void>;
  readonly onClose: () => void;
}

function GroupDialog({ edited: { group, members }, onSaved, onClose }: GroupDialogProps) {
  const { client, user } = useChat();
  const [handle, setHandle] = useState(group?.handle ?? '');
  const [name, setName] = useState(group?.name ?? '');
  const [chosen, setChosen] = useState(members);
  const save = async (): Promise<void> => {
    const userIds = chosen.map(({ id }) => id);
    if (group === undefined) await createUserGroup(client, { handle, name, userIds });
    else {
      const former = members.map(({ id }) => id);
      await changeUserGroup(client, group.id, {
        ...{ handle, name },
        add: userIds.filter((id) => !former.includes(id)),
        remove: former.filter((id) => !userIds.includes(id)),
      });
    }
    await onSaved();
  };
  return (
    <FormDialog
      title={group === undefined ? texts.create : texts.editOf(group.handle)}
      text={texts.text}
      submit={texts.save}
      isReady={handle.trim() !== '' && name.trim() !== ''}
      problemOf={(code, { field, message }) => texts.problem(code, field, message)}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        label={texts.handle}
        hint={texts.handleHint}
        value={handle}
        autoComplete="off"
        autoFocus={true}
        onChange={({ target }) => setHandle(target.value)}
      />
      <TextField
        label={texts.name}
        hint={texts.nameHint}
        value={name}
        autoComplete="off"
        onChange={({ target }) => setName(target.value)}
      />
      <PeoplePicker chosen={chosen} onChange={setChosen} isFirst={false} />
      {!chosen.some(({ id }) => id === user.id) && (
        <Button kind="quiet" onClick={() => setChosen([...chosen, user])}>
          {texts.addSelf}
        </Button>
      )}
    </FormDialog>
  );
}
