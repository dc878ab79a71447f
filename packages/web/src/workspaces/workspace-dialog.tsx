/**
 * The people and channels of a workspace: add, remove, rename and archive, as the user's role allows,
 * and leave. Loaded on the first use.
 */
import {
  ChatError,
  type UserPayload,
  WorkspaceApi,
  type WorkspaceEntry,
  type WorkspacePerson,
  type WorkspaceRole,
} from '@parley/client';
import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { focusTitle } from '../hooks/focus.ts';
import { Avatar, Picture } from '../people/avatar.tsx';
import { PeoplePicker } from '../people/people-picker.tsx';
import { useShownName } from '../people/use-shown-name.ts';
import { PictureForm } from '../pictures/picture-form.tsx';
import { strings } from '../strings/strings.ts';
import { workspaceStrings } from '../strings/workspace.ts';
import { NameDialog } from './name-dialog.tsx';
import { useWorkspaces } from './use-workspaces.ts';
import { WorkspaceChannels } from './workspace-channels.tsx';
import classes from './workspace-dialog.module.css';

interface WorkspaceDialogProps {
  readonly workspace: WorkspaceEntry;
  readonly onClose: () => void;
}

const RANKS: Readonly<Record<WorkspaceRole, number>> = { member: 0, admin: 1, owner: 2 };

export default function WorkspaceDialog({ workspace, onClose }: WorkspaceDialogProps) {
  const { client, user } = useChat();
  const { refresh } = useWorkspaces();
  /** Undefined until they are loaded, or could not be. */
  const [members, setMembers] = useState<readonly WorkspacePerson[]>();
  const [hasMore, setHasMore] = useState(false);
  const [result, setResult] = useState('');
  const [isRenaming, setIsRenaming] = useState(false);
  const [isPicturing, setIsPicturing] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const texts = workspaceStrings;
  const role = workspace.role ?? 'member';
  const load = useCallback(
    async (after?: WorkspacePerson): Promise<void> => {
      try {
        const page = await new WorkspaceApi(client).listMembers(workspace.id, after?.userId);
        setMembers((held = []) =>
          after === undefined ? page.members : [...held, ...page.members],
        );
        setHasMore(page.hasMore);
      } catch (error) {
        setMembers((held = []) => held);
        setResult(strings.error(ChatError.from(error).code));
      }
    },
    [client, workspace.id],
  );
  useEffect(() => void load(), [load]);

  const run = async (step: () => Promise<string>): Promise<boolean> => {
    try {
      setResult(await step());
      await load();
      return true;
    } catch (error) {
      setResult(texts.memberProblem(ChatError.from(error).code));
      return false;
    }
  };
  const remove = ({ username }: WorkspacePerson, button: Element): Promise<boolean> =>
    run(async () => {
      await new WorkspaceApi(client).removeMember(workspace.id, username);
      focusTitle(button);
      return texts.removed(username);
    });
  const leave = async (): Promise<void> => {
    await new WorkspaceApi(client).removeMember(workspace.id, user.username);
    onClose();
    client.refreshRooms();
    await refresh();
  };
  return (
    <Modal label={texts.people(workspace.name)} isWide onClose={onClose}>
      <ModalHeader title={workspace.name} closeName={texts.close} onClose={onClose} />
      <div className={classes['body']}>
        {RANKS[role] >= RANKS.admin && (
          <AddMembers
            onAdd={(username) =>
              run(async () => {
                const how = await new WorkspaceApi(client).addMember(workspace.id, username);
                return texts[how](username);
              })
            }
          />
        )}
        <p className={classes['result']} role="status">
          {result}
        </p>
        <h2 className={classes['title']}>{texts.members}</h2>
        <ul aria-label={texts.members}>
          {members?.map((person) => (
            <li key={person.userId} className={classes['row']}>
              <Person userId={person.userId} username={person.username} />
              <span className={classes['role']}>{texts.roles[person.role]}</span>
              {person.userId !== user.id && mayRemove(role, person) && (
                <Button
                  kind="quiet"
                  onClick={({ currentTarget }) => void remove(person, currentTarget)}
                >
                  {texts.remove} <span className="visually-hidden">{person.username}</span>
                </Button>
              )}
            </li>
          ))}
        </ul>
        {hasMore && (
          <Button kind="quiet" onClick={() => void load(members?.at(-1))}>
            {texts.more}
          </Button>
        )}
        {/* Members that arrive later would move it. */}
        {members !== undefined && (
          <WorkspaceChannels workspaceId={workspace.id} onClose={onClose} />
        )}
      </div>
      <div className={classes['foot']}>
        {role === 'owner' && (
          <>
            <Button onClick={() => setIsRenaming(true)}>{texts.renameWorkspace}</Button>
            <Button onClick={() => setIsPicturing(true)}>{texts.picture.title}</Button>
          </>
        )}
        <Button kind="danger" onClick={() => setIsLeaving(true)}>
          {texts.leave}
        </Button>
      </div>
      {isLeaving && (
        <FormDialog
          title={texts.leaveTitle(workspace.name)}
          names={[workspace.name]}
          text={texts.leaveText}
          submit={texts.leave}
          isDanger={true}
          problemOf={texts.memberProblem}
          onSubmit={leave}
          onClose={() => setIsLeaving(false)}
        />
      )}
      {isPicturing && <PictureDialog workspace={workspace} onClose={() => setIsPicturing(false)} />}
      {isRenaming && (
        <NameDialog
          title={texts.renameOf(workspace.name)}
          names={[workspace.name]}
          text={texts.renameWorkspaceText}
          label={texts.workspaceName}
          value={workspace.name}
          submit={texts.rename}
          problemOf={texts.workspaceProblem}
          onSubmit={async (name) => {
            await new WorkspaceApi(client).rename(workspace.id, name);
            await refresh();
          }}
          onClose={() => setIsRenaming(false)}
        />
      )}
    </Modal>
  );
}

function PictureDialog({ workspace, onClose }: WorkspaceDialogProps) {
  const { client } = useChat();
  const { refresh } = useWorkspaces();
  const texts = workspaceStrings.picture;
  const { id, pictureUrl } = workspace;
  return (
    <Modal label={texts.title} onClose={onClose}>
      <ModalHeader title={texts.title} closeName={texts.close} onClose={onClose} />
      <div className={classes['body']}>
        <PictureForm
          texts={texts}
          hasPicture={typeof pictureUrl === 'string'}
          onSave={async (picture) => {
            await new WorkspaceApi(client).setPicture(id, picture);
            await refresh();
          }}
          onRemove={async () => {
            await new WorkspaceApi(client).removePicture(id);
            await refresh();
          }}
        >
          <Picture {...workspace} url={workspace.pictureUrl} size="huge" isSquare />
        </PictureForm>
      </div>
    </Modal>
  );
}

function Person({ userId, username }: Pick<WorkspacePerson, 'userId' | 'username'>) {
  const name = useShownName(userId, username);
  return (
    <>
      <Avatar userId={userId} name={name} size="medium" />
      <bdi className={classes['name']}>{name}</bdi>
    </>
  );
}

interface AddMembersProps {
  /** Returns whether the user was added or invited. */
  readonly onAdd: (username: string) => Promise<boolean>;
}

function AddMembers({ onAdd }: AddMembersProps) {
  const [chosen, setChosen] = useState<readonly UserPayload[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    // Those who could not be added stay chosen.
    for (const person of chosen) {
      if (!(await onAdd(person.username))) break;
      setChosen((left) => left.filter(({ id }) => id !== person.id));
    }
    setIsBusy(false);
  };
  return (
    <form className={classes['add']} onSubmit={(event) => void submit(event)}>
      <PeoplePicker chosen={chosen} onChange={setChosen} isFirst={false} />
      <Button kind="primary" type="submit" aria-disabled={isBusy || chosen.length === 0}>
        {workspaceStrings.add}
      </Button>
    </form>
  );
}

/** As the server decides: owners remove all members, admins those of a lower role. */
function mayRemove(role: WorkspaceRole, person: WorkspacePerson): boolean {
  return role === 'owner' || (role === 'admin' && RANKS[role] > RANKS[person.role]);
}
