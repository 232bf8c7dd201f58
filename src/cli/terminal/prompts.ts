/** The only home of inquirer: questions to a person at a terminal, on stderr, so that stdout stays the answer. */
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';

/** Throws the reason of `signal` if that ended the question, and OsError `interrupted` for Ctrl-C at it. */
export async function asking<T>(question: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await question();
  } catch (error) {
    signal.throwIfAborted();
    // inquirer reads the key Ctrl-C itself, so that there is no SIGINT.
    if (error instanceof Error && error.name === 'ExitPromptError')
      throw new OsError('interrupted', 'interrupted', { cause: error });
    throw error;
  }
}

/** Lets the person pick one of `choices`; strips control sequences from foreign names. */
export async function pickOne<T>(
  message: string,
  choices: readonly { readonly name: string; readonly value: T }[],
  signal: AbortSignal,
): Promise<T> {
  const { createPromptModule } = await import('inquirer');
  const prompt = createPromptModule({ output: process.stderr, signal });
  const { index } = await asking(
    () =>
      prompt<{ readonly index: number }>([
        {
          type: 'select',
          name: 'index',
          message,
          choices: choices.map(({ name }, value) => ({ name: sanitizeLine(name), value })),
        },
      ]),
    signal,
  );
  const picked = choices[index];
  if (picked === undefined) throw new Error('the prompt answers with a choice that it was not given');
  return picked.value;
}

/** Prompts for a secret without echo. */
export async function askSecret(message: string, signal: AbortSignal): Promise<string> {
  const { createPromptModule } = await import('inquirer');
  const prompt = createPromptModule({ output: process.stderr, signal });
  const { secret } = await asking(
    () =>
      prompt<{ readonly secret: string }>([
        { type: 'password', name: 'secret', message: sanitizeLine(message) },
      ]),
    signal,
  );
  return secret;
}

/** Asks for a line of text. */
export async function askText(message: string, signal: AbortSignal): Promise<string> {
  const { createPromptModule } = await import('inquirer');
  const prompt = createPromptModule({ output: process.stderr, signal });
  const { text } = await asking(
    () =>
      prompt<{ readonly text: string }>([{ type: 'input', name: 'text', message: sanitizeLine(message) }]),
    signal,
  );
  return text;
}

/** Asks a yes-or-no question whose default answer is no. */
export async function confirm(message: string, signal: AbortSignal): Promise<boolean> {
  const { createPromptModule } = await import('inquirer');
  const prompt = createPromptModule({ output: process.stderr, signal });
  const { isYes } = await asking(
    () =>
      prompt<{ readonly isYes: boolean }>([
        { type: 'confirm', name: 'isYes', message: sanitizeLine(message), default: false },
      ]),
    signal,
  );
  return isYes;
}
