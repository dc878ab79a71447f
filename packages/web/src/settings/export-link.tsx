/** Downloads the data of the user, after a proof of identity if the server asks for it. */
import { ChatError, proveIdentity } from '@parley/client';
import { type MouseEvent, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { withProof } from '../proof/with-proof.ts';
import { settingsStrings } from '../strings/settings.ts';
import { strings } from '../strings/strings.ts';
import classes from './settings-dialog.module.css';

const PATH = '/api/me/export';

export function ExportLink() {
  const { client } = useChat();
  const [problem, setProblem] = useState<string>();
  const download = async (event: MouseEvent): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await withProof(client, () => proveIdentity(client));
      const link = document.createElement('a');
      link.href = PATH;
      link.download = '';
      link.click();
    } catch (error) {
      const { code, details } = ChatError.from(error);
      setProblem(details.proof === undefined ? strings.error(code) : settingsStrings.notExported);
    }
  };
  return (
    <>
      <a
        className={classes['export']}
        href={PATH}
        download={true}
        onClick={(event) => void download(event)}
      >
        {settingsStrings.export}
      </a>
      <p role="status">{problem}</p>
    </>
  );
}
