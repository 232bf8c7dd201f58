import { sanitizeLine } from '../core/sanitize.ts';

/** Asks for the passphrase of `keyFile` on the terminal; undefined when the user presses Ctrl-C, which interrupts `os`. */
export async function askPassphrase(keyFile: string): Promise<string | undefined> {
  const { createPromptModule } = (await import('inquirer')).default;
  const prompt = createPromptModule({ input: process.stdin, output: process.stderr });
  try {
    const answers = await prompt<{ passphrase: string }>([
      { type: 'password', name: 'passphrase', message: `Passphrase of ${sanitizeLine(keyFile)}:` },
    ]);
    return answers.passphrase;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
    // The prompt took the key press; pass on the signal it would have been.
    process.kill(process.pid, 'SIGINT');
    return undefined;
  }
}
