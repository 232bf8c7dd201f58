/** The only home of inquirer: questions to a person at a terminal, on stderr, so that stdout stays the answer. */
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';

/** Whether a person can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

async function asking<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    // inquirer's names for Ctrl-C at its prompt and for its signal; it reads the key itself, no SIGINT comes.
    if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError'))
      throw new OsError('interrupted', 'interrupted', { cause: error });
    throw error;
  }
}

/** Lets the person pick one of `choices`; foreign text in names is made harmless. */
export async function pickOne<T>(
  message: string,
  choices: readonly { name: string; value: T }[],
  signal: AbortSignal,
): Promise<T> {
  const { createPromptModule } = await import('inquirer');
  const prompt = createPromptModule({ output: process.stderr, signal });
  const { index } = await asking(() =>
    prompt<{ index: number }>([
      {
        type: 'select',
        name: 'index',
        message,
        choices: choices.map(({ name }, value) => ({ name: sanitizeLine(name), value })),
      },
    ]),
  );
  const picked = choices[index];
  if (picked === undefined) throw new Error('the prompt answers with a choice that it was not given');
  return picked.value;
}

/** Asks for a secret; what is typed is not shown. */
export async function askSecret(message: string, signal: AbortSignal): Promise<string> {
  const { createPromptModule } = await import('inquirer');
  const prompt = createPromptModule({ output: process.stderr, signal });
  const { secret } = await asking(() =>
    prompt<{ secret: string }>([{ type: 'password', name: 'secret', message: sanitizeLine(message) }]),
  );
  return secret;
}
