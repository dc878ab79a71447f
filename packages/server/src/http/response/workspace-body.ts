/** A workspace in answers, with the role of the user who asks. */
import { fileUrlOf } from '../../model/stored-file.ts';
import type { FoundWorkspace } from '../../model/workspace.ts';
import type { Answer } from '../openapi/answer-records.ts';

export function toWorkspaceBody({ workspace, role }: FoundWorkspace): Answer<'workspace'> {
  const { id, name, pictureFileId, createdAtMs } = workspace;
  return {
    ...{ id, name },
    ...(role === undefined ? {} : { role }),
    ...(pictureFileId === undefined ? {} : { pictureUrl: fileUrlOf(pictureFileId) }),
    createdAt: new Date(createdAtMs).toISOString(),
  };
}
