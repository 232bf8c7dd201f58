import { followJournal, type JournalOptions } from '../logs/follow-journal.ts';
import type { LogEvent } from '../logs/log-line.ts';
import type { Output } from '../ui/output.ts';
import { chooseDevice, reachHost } from './reach-host.ts';

/** The journal of the host that `named` leads to, over SSH. */
export async function followSystemLog(
  named: string | undefined,
  options: JournalOptions & { output: Output; identityFile: string | undefined },
  report: (event: LogEvent) => void,
): Promise<void> {
  const { output, identityFile, signal } = options;
  const target = await chooseDevice(named, { signal, output });
  await followJournal(
    async (command, within) => {
      const { session } = await reachHost(target, { output, signal: within, identityFile });
      const close = async (): Promise<void> => {
        await session[Symbol.asyncDispose]();
      };
      try {
        const process = await session.exec(command, { signal: within });
        process.stderr.resume();
        return { stdout: process.stdout, ended: process.ended, [Symbol.asyncDispose]: close };
      } catch (error) {
        await close();
        throw error;
      }
    },
    options,
    report,
  );
}
