/** Repeats an act after the user has proved who they are, if the server asks for it. */
import { type ChatClient, ChatError, needsProof } from '@parley/client';

/**
 * @throws {ChatError} What the act throws; the first error if the user closes the dialog.
 */
export async function withProof<Result>(
  client: ChatClient,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!needsProof(error)) throw error;
    const { askForProof } = await import('./proof-dialog.tsx').catch(() => {
      throw new ChatError('UNAVAILABLE');
    });
    if (!(await askForProof(client))) throw error;
    return act();
  }
}
