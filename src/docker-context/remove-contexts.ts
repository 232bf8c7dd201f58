import { OsError } from '../core/errors.ts';
import type { RemovedContexts } from './context-result.ts';
import { findContextsOf, removeContext } from './context-store.ts';

/** Removes the context `name`, or those of a device. Throws OsError `usage` where neither is named, or `os` did not make it. */
export async function removeContexts(
  dockerDirectory: string,
  { name, device }: { readonly name: string | undefined; readonly device: string | undefined },
): Promise<RemovedContexts> {
  if (name === undefined && device === undefined)
    throw new OsError('usage', 'say which context to remove', { hint: 'name the device, or give --name' });
  const names = name === undefined ? await findContextsOf(dockerDirectory, device ?? '') : [name];
  const contexts: string[] = [];
  for (const each of names) if (await removeContext(dockerDirectory, each)) contexts.push(each);
  return { contexts };
}
