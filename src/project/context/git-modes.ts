import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Returns the names, relative to `directory`, that git's index marks executable, for file systems without an execute
 * bit (Windows). Empty when there is no git or no repository.
 */
export async function readGitExecutables(directory: string, signal?: AbortSignal): Promise<Set<string>> {
  try {
    const { stdout } = await promisify(execFile)('git', ['ls-files', '--stage', '-z'], {
      cwd: directory,
      maxBuffer: 256 * 1024 * 1024,
      windowsHide: true,
      ...(signal ? { signal } : {}),
    });
    const executables = stdout.split('\0').filter(line => line.startsWith('100755 '));
    return new Set(executables.map(line => line.slice(line.indexOf('\t') + 1)));
  } catch {
    signal?.throwIfAborted();
    return new Set();
  }
}
