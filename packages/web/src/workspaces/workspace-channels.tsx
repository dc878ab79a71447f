/** All channels of a workspace in its dialog: open them, or rename and archive them, if allowed. */
import { type ChannelEntry, ChatError, WorkspaceApi, type WorkspaceId } from '@parley/client';
import { useCallback, useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { workspaceStrings } from '../strings/workspace.ts';
import { NameDialog } from './name-dialog.tsx';
import classes from './workspace-dialog.module.css';

interface WorkspaceChannelsProps {
  readonly workspaceId: WorkspaceId;
  /** Closes the dialog, after a channel was opened. */
  readonly onClose: () => void;
}

export function WorkspaceChannels({ workspaceId, onClose }: WorkspaceChannelsProps) {
  const { client } = useChat();
  const [channels, setChannels] = useState<readonly ChannelEntry[]>();
  const [renamed, setRenamed] = useState<ChannelEntry>();
  const [problem, setProblem] = useState('');
  const texts = workspaceStrings;
  const load = useCallback(async (): Promise<void> => {
    setChannels(await new WorkspaceApi(client).listChannels(workspaceId));
  }, [client, workspaceId]);
  const run = useCallback(async (step: () => Promise<void>): Promise<void> => {
    try {
      setProblem('');
      await step();
    } catch (error) {
      setProblem(texts.channelProblem(ChatError.from(error).code));
    }
  }, []);
  useEffect(() => void run(load), [run, load]);
  const change = async (
    { id }: ChannelEntry,
    to: Partial<Pick<ChannelEntry, 'name' | 'archived'>>,
  ): Promise<void> => {
    await new WorkspaceApi(client).changeChannel(id, to);
    client.refreshRooms();
    await load();
  };
  return (
    <section className={classes['section']}>
      <h2 className={classes['title']}>{texts.channels}</h2>
      <p className={classes['result']} role="alert">
        {problem}
      </p>
      {channels?.length === 0 && <p className={classes['role']}>{texts.noChannels}</p>}
      <ul aria-label={texts.channels}>
        {channels?.map((channel) => (
          <li key={channel.id} className={classes['row']}>
            <Icon name={channel.visibility === 'private' ? 'lock' : 'hash'} />
            <button
              type="button"
              className={classes['open']}
              onClick={() => {
                onClose();
                navigate(roomPath(channel.id));
              }}
            >
              <bdi>{channel.name}</bdi>
              {channel.visibility === 'private' && (
                <span className="visually-hidden">, {texts.private}</span>
              )}
            </button>
            {channel.archived && <span className={classes['role']}>{texts.archived}</span>}
            {channel.canManage && (
              <>
                <IconButton
                  icon="edit"
                  name={texts.renameOf(channel.name)}
                  onClick={() => setRenamed(channel)}
                />
                <Button
                  kind="quiet"
                  onClick={() => void run(() => change(channel, { archived: !channel.archived }))}
                >
                  {channel.archived ? texts.unarchive : texts.archive}{' '}
                  <span className="visually-hidden">{channel.name}</span>
                </Button>
              </>
            )}
          </li>
        ))}
      </ul>
      {renamed !== undefined && (
        <NameDialog
          title={texts.renameOf(renamed.name)}
          names={[renamed.name]}
          text={texts.renameText}
          label={texts.channelName}
          value={renamed.name}
          submit={texts.rename}
          problemOf={texts.channelProblem}
          onSubmit={(name) => change(renamed, { name })}
          onClose={() => setRenamed(undefined)}
        />
      )}
    </section>
  );
}
