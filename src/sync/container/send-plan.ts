/** Sends the changes of a plan into a container, large files last, and records what the container has then. */
import type { BatchPlan } from '../decide/plan-batch.ts';
import type { Change, FileChange } from '../transport/change.ts';
import { blobLimitBytes } from '../transport/shell/shell-loop.ts';
import type { Transport } from '../transport/transport.ts';
import type { KnownFiles } from './known-files.ts';

export interface SendOptions {
  /** Aborts when something smaller than a large file waits to be sent. */
  readonly yields: AbortSignal;
  readonly signal: AbortSignal;
}

/**
 * Returns the changes that are left because `yields` aborted: those of large files that were not sent completely.
 * Throws what `Transport.apply` throws; what may be there in part is in doubt then.
 */
export async function sendPlan(
  { changes, outcome }: Pick<BatchPlan, 'changes' | 'outcome'>,
  transport: Transport,
  files: KnownFiles,
  { yields, signal }: SendOptions,
): Promise<readonly Change[]> {
  const large = changes.filter((it): it is FileChange => {
    const node = outcome.get(it.path);
    const isFile = typeof node === 'object' && node.kind === 'file';
    return it.do === 'write' && isFile && node.sizeBytes > blobLimitBytes;
  });
  const largePaths = new Set(large.map(({ path }) => path));
  const isSmall = (it: Change): boolean => !largePaths.has(it.path) || it.do === 'remove';
  const left = new Map(outcome);
  const done = (paths: Iterable<string>): void => {
    for (const path of paths) {
      const node = left.get(path);
      if (node !== undefined) files.learn(path, node);
      left.delete(path);
    }
  };
  try {
    const small = changes.filter(isSmall);
    if (small.length > 0) await transport.apply(small, signal);
    done([...outcome.keys()].filter(path => !largePaths.has(path)));
    for (const [i, change] of large.entries()) {
      const node = outcome.get(change.path);
      const sha256 = typeof node === 'object' && node.kind === 'file' ? node.sha256 : '';
      if (!(await transport.writeLarge(change, { sha256, yields, signal }))) {
        const rest = new Set(large.slice(i).map(({ path }) => path));
        return changes.filter(it => rest.has(it.path) && !isSmall(it));
      }
      const modes = changes.filter(it => it.do === 'mode' && it.path === change.path);
      if (modes.length > 0) await transport.apply(modes, signal);
      done([change.path]);
    }
  } catch (error) {
    for (const path of left.keys()) if (path !== transport.partialPath) files.doubt(path);
    throw error;
  }
  return [];
}
